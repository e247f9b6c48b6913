//! The ledger: what the project promises, which checks stand for it, and which of them passed.
//!
//! A *row* is a promise (`replays/ledger/<area>.yaml`). A *check* is a replay, a corpus judge or a Rust test that
//! *cites* rows. Reading order: [`rows`] (the promises), [`cited`] (checks of replays and corpora),
//! [`rust`] (checks of Rust tests), [`passed`] (what a run saw), [`figures`] (the counts that reports show),
//! [`told`] (the ledger as an event, and what a run shows of it).

mod cited;
mod figures;
mod passed;
mod rows;
mod rust;
mod told;

use std::io;

use harness_model::rule::Rule;
use harness_model::yaml::{Diagnostic, Diagnostics, Span};

use crate::project::Project;
use crate::runner::case::Case;

pub use figures::{AreaFigures, Figures, RowFigures, Standing};
pub use passed::{Passed, Unreadable};
pub use rows::{Row, Rows};
pub use told::{Shown, shown};

/// What kind of check cites a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A replay.
    Replay,
    /// A class of a corpus, through the replay that judges it.
    Corpus,
    /// A Rust test.
    Test,
}

/// A check that cites rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Check {
    /// What it is.
    pub kind: Kind,
    /// Its name: of a replay or class without its rows, of a test with its package and modules.
    pub name: String,
    /// The file, relative to the project.
    pub file: String,
    /// The line of the citation.
    pub line: usize,
    /// What a run's report calls it.
    pub ran_as: RanAs,
    /// The ids it cites, as they are written, with their places.
    pub cites: Vec<(String, Span)>,
}

/// How a check is found in what a run reports.
#[derive(Debug, Clone, PartialEq)]
pub enum RanAs {
    /// As these cases; all of them must have passed.
    Cases(Vec<String>),
    /// As a test function.
    Test(rust::TestName),
}

/// The promises and the checks of a project.
#[derive(Debug)]
pub struct Ledger {
    /// The promises.
    pub rows: Rows,
    /// The checks, by file and line.
    pub checks: Vec<Check>,
    /// What is wrong, one entry per file: rows without an id, citations of rows that are not there.
    pub findings: Vec<Diagnostics>,
}

impl Ledger {
    /// Reads the promises and every citation of a project.
    ///
    /// # Errors
    /// When a folder or file cannot be read.
    pub fn read(project: &Project, cases: &[Case]) -> io::Result<Self> {
        let (rows, mut findings) = rows::read(project)?;
        let mut checks = Vec::new();
        let cited = cited::read(project, cases)?.into_iter().chain(rust::read(project)?);
        for (mut diagnostics, found) in cited {
            for check in &found {
                unknown(&rows, check, &mut diagnostics);
            }
            checks.extend(found);
            findings.push(diagnostics);
        }
        findings.retain(|diagnostics| !diagnostics.is_empty());
        checks.sort_by(|left, right| (&left.file, left.line).cmp(&(&right.file, right.line)));
        Ok(Self { rows, checks, findings })
    }
}

fn unknown(rows: &Rows, check: &Check, diagnostics: &mut Diagnostics) {
    for (id, span) in check.cites.iter().filter(|(id, _)| rows.get(id).is_none()) {
        let finding = Diagnostic::error(*span, format!("the ledger has no row `{id}`")).rule(Rule::LedgerId);
        diagnostics.push(finding.did_you_mean(id, rows.iter().map(|row| row.id.as_str())));
    }
}

#[cfg(test)]
mod tests;
