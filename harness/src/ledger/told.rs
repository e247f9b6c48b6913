//! The ledger as the events of a run tell it, and what the run's verdicts show of it.
//!
//! A report counts from the log alone: the promises stand there beside the verdicts, so that verdicts which are
//! judged again also count again.

use std::collections::HashMap;

use harness_model::event::{Promise, PromiseCheck, Promises};
use indexmap::IndexMap;

use super::{AreaFigures, Ledger, Passed, RanAs, Standing, rows};
use crate::report::view::RunView;

/// What a run shows of a ledger, by area.
#[derive(Debug, Default, PartialEq)]
pub struct Shown<'p> {
    /// The areas in the order of their names, each with its rows in the order of the files.
    pub areas: Vec<(AreaFigures, Vec<(&'p Promise, Standing)>)>,
    /// All areas together.
    pub total: AreaFigures,
}

impl Ledger {
    /// The ledger as an event tells it; none when there are no promises.
    #[must_use]
    pub fn told(&self) -> Option<Promises> {
        let mut citing: HashMap<String, Vec<usize>> = HashMap::new();
        for (at, check) in self.checks.iter().enumerate() {
            for (id, _) in &check.cites {
                citing.entry(rows::same(id)).or_default().push(at);
            }
        }
        let checks = self.checks.iter().map(|check| PromiseCheck {
            name: check.name.clone(),
            cases: match &check.ran_as {
                RanAs::Cases(cases) => cases.clone(),
                RanAs::Test(_) => Vec::new(),
            },
        });
        let promise = |row: &super::Row| Promise {
            id: row.id.clone(),
            title: row.title.clone(),
            checks: citing.get(&rows::same(&row.id)).cloned().unwrap_or_default(),
        };
        let rows: Vec<_> = self.rows.iter().map(promise).collect();
        (!rows.is_empty()).then(|| Promises { rows, checks: checks.collect() })
    }
}

/// What a run shows of the promises.
#[must_use]
pub fn shown<'p>(promises: &'p Promises, run: &RunView) -> Shown<'p> {
    let mut passed = Passed::default();
    for finished in run.cases.iter().filter_map(|case| case.finished.as_ref()) {
        passed.add_case(&finished.case, finished.verdict);
    }
    let passed: Vec<_> = promises.checks.iter().map(|check| passed.of_cases(&check.cases)).collect();
    let mut areas: IndexMap<&str, (AreaFigures, Vec<_>)> = IndexMap::new();
    for row in &promises.rows {
        let standing = Standing::of(row.checks.iter().map(|at| passed.get(*at).copied().flatten()));
        let area = rows::area(&row.id);
        let (figures, rows) = areas.entry(area).or_insert_with(|| (AreaFigures::named(area), Vec::new()));
        figures.count(standing);
        rows.push((row, standing));
    }
    areas.sort_keys();
    let areas: Vec<_> = areas.into_values().collect();
    let total = areas.iter().map(|(figures, _)| figures).fold(AreaFigures::named("all"), AreaFigures::plus);
    Shown { areas, total }
}
