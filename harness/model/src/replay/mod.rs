//! The replay language: one YAML file, typed.
//!
//! Reading order: [`Replay`] (a file), [`Step`] (one action and what must hold), [`Action`] (one
//! variant per action, each in its own file under `action`), [`Expectation`], [`Wait`],
//! [`Capture`], [`Witness`]; [`Part`] is a file of steps that replays `use`.

pub mod action;
mod capture;
mod expectation;
mod identity;
mod matrix;
mod parse;
mod part;
mod root;
mod step;
#[cfg(test)]
mod tests;
mod volatile;
mod wait;
mod witness;

pub use action::Action;
pub use capture::{Capture, Captures};
pub use expectation::{BoundCheck, Check, Expectation, Facet};
pub use identity::IdentityRef;
pub use matrix::{ForEach, Matrix, Row};
pub use parse::{parse_part, parse_replay, print};
pub use part::Part;
pub use root::{Replay, Sharing};
pub use step::Step;
pub use volatile::Volatile;
pub use wait::{Eventually, Never, Stays, Wait};
pub use witness::{AgentWitness, Bug, BugIn, Cause, SqlWitness, StubWitness, Witness};
