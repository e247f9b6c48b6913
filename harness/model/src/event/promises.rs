//! What a project promises, and by which checks: with the verdicts of a run, what the run has shown of it.

use serde::{Deserialize, Serialize};

/// The ledger of a project, as far as a report tells it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promises {
    /// In the order of the files.
    pub rows: Vec<Promise>,
    /// Every check that a row names.
    pub checks: Vec<PromiseCheck>,
}

/// One promise.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promise {
    /// Its id, as in `HARN-041`.
    pub id: String,
    /// The behaviour, as a sentence.
    pub title: String,
    /// The checks that stand for it, by their places in [`Promises::checks`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<usize>,
}

/// A check of promises.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PromiseCheck {
    /// Its name.
    pub name: String,
    /// The cases it consists of; none for a Rust test, which no run of cases judges.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cases: Vec<String>,
}
