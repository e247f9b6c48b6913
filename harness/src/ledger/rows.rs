//! The promises: one file per area, one row per behaviour.

use std::io;

use harness_model::rule::Rule;
use harness_model::yaml::{Diagnostic, Diagnostics, Node, Source, Tree, parse};
use indexmap::IndexMap;

use crate::project::Project;
use crate::runner::discover;

/// One promise.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Its id, as in `HARN-041`.
    pub id: String,
    /// The behaviour, as a sentence.
    pub title: String,
    /// The production bug it prevents.
    pub bug: String,
    /// The level of the check it asks for: `replay`, `unit`, ….
    pub level: String,
    /// The file, relative to the project.
    pub file: String,
    /// The line it begins on.
    pub line: usize,
}

impl Row {
    /// The area: what stands before the number.
    #[must_use]
    pub fn area(&self) -> &str {
        area(&self.id)
    }
}

/// The area of an id.
pub(super) fn area(id: &str) -> &str {
    id.rsplit_once('-').map_or(id, |(area, _)| area)
}

/// Every promise, by id.
#[derive(Debug, Clone, Default)]
pub struct Rows(IndexMap<String, Row>);

impl Rows {
    /// The row with this id; `EDGE-01` and `EDGE-001` are one id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Row> {
        self.0.get(&same(id))
    }

    /// The rows in the order of the files.
    pub fn iter(&self) -> impl Iterator<Item = &Row> {
        self.0.values()
    }
}

/// An id with the zeros before its number taken away.
pub(super) fn same(id: &str) -> String {
    match id.rsplit_once('-') {
        Some((area, number)) => format!("{area}-{}", number.trim_start_matches('0')),
        None => id.to_owned(),
    }
}

/// Reads every file of `replays/ledger/`.
pub(super) fn read(project: &Project) -> io::Result<(Rows, Vec<Diagnostics>)> {
    let (mut rows, mut findings) = (Rows::default(), Vec::new());
    for file in discover::files(&project.replays().join("ledger"), "yaml")? {
        let source = Source::new(project.shown(&file), std::fs::read_to_string(&file)?);
        let mut diagnostics = Diagnostics::new(source);
        match parse(&mut diagnostics) {
            Some(Node { tree: Tree::List(items), .. }) => {
                items.iter().for_each(|item| add(item, &mut rows, &mut diagnostics));
            }
            Some(other) => {
                let finding = Diagnostic::error(other.span, "expected a list of rows").rule(Rule::LedgerRow);
                diagnostics.push(finding.help("a row is `- id: AREA-1`, `title: …`, `check: …`, `level: …`"));
            }
            None => {}
        }
        findings.push(diagnostics);
    }
    Ok((rows, findings))
}

fn add(item: &Node, rows: &mut Rows, diagnostics: &mut Diagnostics) {
    let text = |key: &str| item.get(key).and_then(Node::as_text).unwrap_or_default().to_owned();
    let row = Row {
        id: text("id"),
        title: text("title"),
        bug: text("bug"),
        level: text("level"),
        file: diagnostics.source().path().to_owned(),
        line: item.span.line,
    };
    for (key, value) in [("id", &row.id), ("title", &row.title), ("level", &row.level)] {
        if value.is_empty() {
            let finding =
                Diagnostic::error(item.span, format!("a row without `{key}`")).rule(Rule::LedgerRow);
            diagnostics.push(finding.help(format!("add `{key}:`")));
        }
    }
    if row.id.is_empty() {
        return;
    }
    if let Some(first) = rows.get(&row.id) {
        let message = format!("`{}` is already the id of {}:{}", row.id, first.file, first.line);
        let finding = Diagnostic::error(item.span, message).rule(Rule::LedgerRow);
        diagnostics.push(finding.help("ids are never reused: take the next free number"));
        return;
    }
    rows.0.insert(same(&row.id), row);
}
