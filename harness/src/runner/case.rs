//! A case: one name in the list, and what has to be judged under it.
//!
//! A case is cheap: it knows its name and its file, not its content. The content is read, checked and judged
//! when the case runs, so that listing starts nothing and a file that cannot be read is a case that fails.

use std::path::PathBuf;

use harness_model::replay::Row;
use harness_model::verdict::CaseId;
use serde_json::Value;

use super::select::Choosable;

/// One case.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// Its name.
    pub id: CaseId,
    /// Words to choose it by.
    pub tags: Vec<String>,
    /// The file it is written in.
    pub file: PathBuf,
    /// What is judged.
    pub subject: Subject,
}

/// What is judged under a case's name.
#[derive(Debug, Clone, PartialEq)]
pub enum Subject {
    /// A replay, with one row of its matrix.
    Replay {
        /// The row; empty without a matrix.
        row: Row,
    },
    /// An entry of a corpus, judged by the replay beside it.
    Corpus {
        /// The judge.
        judge: PathBuf,
        /// The entry's name.
        name: String,
        /// The whole entry, metadata included.
        entry: Value,
    },
    /// A golden vector of a family.
    Golden {
        /// The family: the folder.
        family: String,
    },
    /// Something of the project that cannot be judged, and why: red in every run.
    Unreadable {
        /// The findings, with their places.
        findings: String,
    },
}

impl Choosable for Case {
    fn id(&self) -> &CaseId {
        &self.id
    }

    fn tags(&self) -> &[String] {
        &self.tags
    }
}
