//! Runs cases: which ones, in which order, in which world, with which verdict.
//!
//! Reading order: [`discover`] (cases by folder), [`case`](mod@case), [`select`] (filter and order), [`load`] (from
//! name to content), [`suite`] (judging one), [`in_world`], [`stages`], [`schedule`] (many cases), [`golden`],
//! [`hub`] (where events go); [`run`] for the command line, [`as_tests`] for `cargo test`.

pub mod as_tests;
pub mod case;
pub mod discover;
pub mod disturbs;
pub mod golden;
pub mod hub;
pub mod in_world;
pub mod load;
pub mod run;
pub mod runs;
pub mod schedule;
pub mod select;
pub mod stages;
pub mod suite;

#[cfg(test)]
mod project_tests;
