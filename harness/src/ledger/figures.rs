//! The counts: promises, promises with a check, promises whose checks passed.

use std::collections::HashMap;

use indexmap::IndexMap;
use serde::Serialize;

use super::{Check, Kind, Ledger, Passed, rows};

/// The state of the ledger, by area and by row.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Figures {
    /// Whether a run was given: without one nobody knows what passes.
    pub judged: bool,
    /// The areas in the order of their names.
    pub areas: Vec<AreaFigures>,
    /// All areas together.
    pub total: AreaFigures,
    /// The rows in the order of the files.
    pub rows: Vec<RowFigures>,
}

/// The counts of one area.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct AreaFigures {
    /// Its name; `all` for the total.
    pub area: String,
    /// Promises.
    pub rows: usize,
    /// Promises that a check cites.
    pub covered: usize,
    /// Promises of which a cited check passed and none failed; 0 without a run.
    pub passing: usize,
    /// Promises that no check cites.
    pub uncovered: usize,
}

/// One promise and its checks.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RowFigures {
    /// Its id.
    pub id: String,
    /// Its area.
    pub area: String,
    /// The behaviour.
    pub title: String,
    /// The level of the check it asks for.
    pub level: String,
    /// Where it stands: `file:line`.
    pub at: String,
    /// The checks that cite it.
    pub checks: Vec<CheckFigures>,
}

/// One check of a promise.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CheckFigures {
    /// What it is.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// Where it cites: `file:line`.
    pub at: String,
    /// Whether it passed; `None` when the given runs do not tell.
    pub passed: Option<bool>,
}

/// How a promise stands after a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// A check passed and none failed.
    Passing,
    /// A check did not pass.
    Failing,
    /// It has checks, and none of them was in the run.
    Covered,
    /// Nothing checks it.
    Uncovered,
}

impl Standing {
    /// How a promise stands whose checks came out like this; none of those that did not run.
    pub(super) fn of(checks: impl Iterator<Item = Option<bool>>) -> Self {
        let checks: Vec<_> = checks.collect();
        if checks.is_empty() {
            return Standing::Uncovered;
        }
        let any = |wanted| checks.contains(&Some(wanted));
        match (any(false), any(true)) {
            (true, _) => Standing::Failing,
            (false, true) => Standing::Passing,
            (false, false) => Standing::Covered,
        }
    }

    /// Its word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Standing::Passing => "passing",
            Standing::Failing => "failing",
            Standing::Covered => "covered",
            Standing::Uncovered => "uncovered",
        }
    }
}

impl AreaFigures {
    /// No rows yet.
    #[must_use]
    pub fn named(area: &str) -> Self {
        Self { area: area.to_owned(), ..Self::default() }
    }

    /// Counts a promise.
    pub(super) fn count(&mut self, standing: Standing) {
        self.rows += 1;
        self.covered += usize::from(standing != Standing::Uncovered);
        self.passing += usize::from(standing == Standing::Passing);
        self.uncovered += usize::from(standing == Standing::Uncovered);
    }

    /// Two areas together, under the name of the first.
    #[must_use]
    pub fn plus(self, other: &Self) -> Self {
        Self {
            area: self.area,
            rows: self.rows + other.rows,
            covered: self.covered + other.covered,
            passing: self.passing + other.passing,
            uncovered: self.uncovered + other.uncovered,
        }
    }
}

impl RowFigures {
    /// How it stands.
    #[must_use]
    pub fn standing(&self) -> Standing {
        Standing::of(self.checks.iter().map(|check| check.passed))
    }
}

impl Figures {
    /// Counts a ledger, against a run where there is one.
    #[must_use]
    pub fn of(ledger: &Ledger, run: Option<&Passed>) -> Self {
        let mut citing: HashMap<String, Vec<&Check>> = HashMap::new();
        for check in &ledger.checks {
            for (id, _) in &check.cites {
                citing.entry(rows::same(id)).or_default().push(check);
            }
        }
        let rows: Vec<RowFigures> = ledger
            .rows
            .iter()
            .map(|row| RowFigures {
                id: row.id.clone(),
                area: row.area().to_owned(),
                title: row.title.clone(),
                level: row.level.clone(),
                at: format!("{}:{}", row.file, row.line),
                checks: citing
                    .get(&rows::same(&row.id))
                    .into_iter()
                    .flatten()
                    .map(|c| shown(c, run))
                    .collect(),
            })
            .collect();
        let mut areas: IndexMap<&str, Vec<&RowFigures>> = IndexMap::new();
        rows.iter().for_each(|row| areas.entry(&row.area).or_default().push(row));
        areas.sort_keys();
        Self {
            judged: run.is_some(),
            areas: areas.iter().map(|(area, rows)| counted(area, rows.iter().copied())).collect(),
            total: counted("all", rows.iter()),
            rows,
        }
    }
}

fn shown(check: &Check, run: Option<&Passed>) -> CheckFigures {
    CheckFigures {
        kind: check.kind,
        name: check.name.clone(),
        at: format!("{}:{}", check.file, check.line),
        passed: run.and_then(|run| run.of(check)),
    }
}

fn counted<'a>(area: &str, rows: impl Iterator<Item = &'a RowFigures>) -> AreaFigures {
    let mut figures = AreaFigures::named(area);
    rows.for_each(|row| figures.count(row.standing()));
    figures
}
