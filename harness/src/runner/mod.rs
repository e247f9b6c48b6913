//! Runs cases: which ones, in which order, in which world, with which verdict.
//!
//! Reading order: [`select`] (filter and order), [`hub`] (where events go).

pub mod hub;
pub mod schedule;
pub mod select;
