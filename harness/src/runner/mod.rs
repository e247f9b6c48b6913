//! Runs cases: which ones, in which order, in which world, with which verdict.
//!
//! Reading order: [`discover`] (cases by folder), [`case`](mod@case), [`select`] (filter and order), [`load`] (from
//! name to content), [`stages`], [`schedule`] (many cases), [`golden`], [`hub`] (where events go).

pub mod case;
pub mod discover;
pub mod golden;
pub mod hub;
pub mod load;
pub mod schedule;
pub mod select;
pub mod stages;
