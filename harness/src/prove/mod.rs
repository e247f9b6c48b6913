//! How much a suite's expectations notice: recorded observations are changed and judged again.
//!
//! No service runs. Each change is a *mutant*; it ends *caught* (the step, or a later one that uses what it
//! captured, would have been red), *missed* (nobody would have noticed), or *equivalent* (the place is declared
//! volatile, or one generated value took the place of another).
//!
//! Reading order: [`operator`] (the changes), [`mutate`] (an observation's mutants), [`weigh`] (a mutant's
//! fate), [`suite`] (all of a run), [`advice`] (the matcher that would have caught it), [`floor`] (what a score
//! may not fall below), [`report`](mod@report).

pub mod advice;
pub mod floor;
pub mod mutate;
pub mod operator;
pub mod report;
pub mod score;
pub mod suite;
#[cfg(test)]
mod tests;
pub mod weigh;

pub use suite::{Proof, prove};
