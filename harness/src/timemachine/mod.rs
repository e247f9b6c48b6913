//! The time machine: a run that is over, opened from its log.
//!
//! A log is the events of a run, and the events hold by what every step was judged
//! ([`Judged`](harness_model::event::Judged)). So any report can be drawn again, and every verdict judged
//! again by today's files, without a world.
//!
//! Reading order: [`glance`] (a run in two lines), [`mod@diff`] (what changed between two), [`records`] (a log folded
//! into cases and steps), [`today`] (which step of today's file a record belongs to), `case` (one case again),
//! [`judge`](mod@judge) (the verdicts again), `retell` (as events that every report understands).

mod case;
pub mod diff;
pub mod glance;
pub mod judge;
pub mod records;
mod retell;
pub mod today;
