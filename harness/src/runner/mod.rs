//! Runs cases: which ones, in which order, in which world, with which verdict.
//!
//! Reading order: [`discover`] (cases by folder), [`case`](mod@case), [`select`] (filter and order), [`affected`] (which cases a file stands behind), [`load`] (from
//! name to content), [`suite`] (judging one), [`in_world`], [`stages`], [`lodging`] (a world that somebody keeps), `keep` (keeping one),
//! [`schedule`] (many cases), [`golden`], [`hub`] (where events go), [`page`](mod@page) (the replays as a document); [`run`] for the command line, [`as_tests`] for `cargo test`.

pub mod affected;
pub mod artifacts;
pub mod as_tests;
pub mod case;
pub mod discover;
pub mod disturbs;
pub mod golden;
pub mod hub;
pub mod in_world;
mod keep;
pub mod load;
pub mod lodging;
pub mod page;
pub mod run;
pub mod runs;
pub mod schedule;
pub mod select;
pub mod stages;
pub mod suite;

#[cfg(test)]
mod project_tests;
