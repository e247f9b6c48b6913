//! The ledger on the page: what the project promises, and what this run has shown of it.

use serde::Serialize;

use super::super::view::RunView;
use crate::ledger::{self, AreaFigures, Standing};

/// The section.
#[derive(Debug, Serialize)]
pub(super) struct Section {
    total: AreaFigures,
    areas: Vec<Area>,
}

#[derive(Debug, Serialize)]
struct Area {
    figures: AreaFigures,
    /// Widths of the bar in percent: passing, failing, covered.
    bar: [String; 3],
    rows: Vec<Row>,
}

#[derive(Debug, Serialize)]
struct Row {
    id: String,
    title: String,
    standing: &'static str,
    /// The checks of a row that fails; names of the others are in `harness ledger --rows`.
    checks: Vec<String>,
}

impl Section {
    /// The section of a run whose project keeps a ledger.
    pub(super) fn of(run: &RunView) -> Option<Self> {
        let promises = run.promises.as_ref()?;
        let shown = ledger::shown(promises, run);
        let areas = shown.areas.into_iter().map(|(figures, rows)| {
            let share = |standing| {
                let count = rows.iter().filter(|(_, it)| *it == standing).count();
                // Shares of a few hundred rows: no precision is lost.
                format!("{:.1}", 100.0 * count as f64 / figures.rows.max(1) as f64)
            };
            let bar = [Standing::Passing, Standing::Failing, Standing::Covered].map(share);
            let rows = rows.iter().map(|(row, standing)| Row {
                id: row.id.clone(),
                title: row.title.clone(),
                standing: standing.word(),
                checks: match standing {
                    Standing::Failing => names(promises, &row.checks),
                    _ => Vec::new(),
                },
            });
            Area { bar, rows: rows.collect(), figures }
        });
        Some(Section { areas: areas.collect(), total: shown.total })
    }
}

fn names(promises: &harness_model::event::Promises, checks: &[usize]) -> Vec<String> {
    checks.iter().filter_map(|at| Some(promises.checks.get(*at)?.name.clone())).collect()
}
