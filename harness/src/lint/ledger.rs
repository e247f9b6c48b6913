//! The ids of the ledger, so that a replay cannot cite a row that is not there.

use std::collections::BTreeSet;
use std::io;

use harness_model::yaml::{Diagnostics, Source, Tree, parse};

use crate::project::Project;
use crate::runner::discover;

/// Every id of every ledger file.
#[derive(Debug, Default)]
pub(super) struct Ids(BTreeSet<String>);

impl Ids {
    /// Whether there is such a row. `EDGE-01` and `EDGE-001` are one id.
    pub(super) fn has(&self, id: &str) -> bool {
        self.0.contains(&same(id))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

/// Reads the ids.
pub(super) fn ids(project: &Project) -> io::Result<Ids> {
    let mut ids = BTreeSet::new();
    for file in discover::files(&project.replays().join("ledger"), "yaml")? {
        let text = std::fs::read_to_string(&file)?;
        let mut diagnostics = Diagnostics::new(Source::new(project.shown(&file), text));
        let Some(Tree::List(rows)) = parse(&mut diagnostics).map(|root| root.tree) else { continue };
        ids.extend(rows.iter().filter_map(|row| row.get("id")?.as_text().map(same)));
    }
    Ok(Ids(ids))
}

/// An id with the zeros before its number taken away.
fn same(id: &str) -> String {
    match id.rsplit_once('-') {
        Some((area, number)) => format!("{area}-{}", number.trim_start_matches('0')),
        None => id.to_owned(),
    }
}
