//! The checks that are replays, and the classes of corpora that replays judge.

use std::io;
use std::path::PathBuf;

use harness_model::yaml::{Diagnostics, Node, Source, Tree, parse};
use indexmap::IndexMap;

use super::{Check, Kind, RanAs};
use crate::project::Project;
use crate::runner::case::{Case, Subject};

/// Reads the `ledger` list of every file that cases are judged by.
pub(super) fn read(project: &Project, cases: &[Case]) -> io::Result<Vec<(Diagnostics, Vec<Check>)>> {
    let mut files: IndexMap<(Kind, PathBuf), Vec<String>> = IndexMap::new();
    for case in cases {
        let file = match &case.subject {
            Subject::Replay { .. } => (Kind::Replay, case.file.clone()),
            Subject::Corpus { judge, .. } => (Kind::Corpus, judge.clone()),
            Subject::Golden { .. } | Subject::Unreadable { .. } => continue,
        };
        files.entry(file).or_default().push(case.id.0.clone());
    }
    let mut found = Vec::with_capacity(files.len());
    for ((kind, file), cases) in files {
        // A judge that is missing is told by its cases.
        let Ok(text) = std::fs::read_to_string(&file) else { continue };
        found.push(of_file(kind, Source::new(project.shown(&file), text), cases));
    }
    Ok(found)
}

/// What is wrong with the file as a replay is not told here.
fn of_file(kind: Kind, source: Source, cases: Vec<String>) -> (Diagnostics, Vec<Check>) {
    let root = parse(&mut Diagnostics::new(source.clone()));
    let list = root.as_ref().and_then(|root| root.get("ledger"));
    let mut cites = Vec::new();
    if let Some(Node { tree: Tree::List(ids), .. }) = list {
        cites.extend(ids.iter().filter_map(|id| Some((id.as_text()?.to_owned(), id.span))));
    }
    let check = list.map(|list| Check {
        kind,
        name: name(&cases),
        file: source.path().to_owned(),
        line: list.span.line,
        ran_as: RanAs::Cases(cases),
        cites,
    });
    (Diagnostics::new(source), check.into_iter().collect())
}

/// What the names of all cases of one file have in common: three words.
fn name(cases: &[String]) -> String {
    let words = |name: &str, count| name.split("::").take(count).collect::<Vec<_>>().join("::");
    let first = cases.first().map(String::as_str).unwrap_or_default();
    let three = words(first, 3);
    if cases.iter().all(|case| words(case, 3) == three) { three } else { words(first, 2) + "::*" }
}
