//! Names that two replays share: nobody could say which one is meant.

use std::collections::HashMap;
use std::path::PathBuf;

use harness_model::rule::Rule;
use harness_model::yaml::{Diagnostic, Diagnostics, Node, Span, parse};

use super::{Report, source};
use crate::project::Project;
use crate::runner::case::{Case, Subject};

/// Compares the file names and the sentences of all replays.
pub(super) fn check(project: &Project, cases: &[Case], report: &mut Report) {
    let replays = cases.iter().filter(|case| matches!(case.subject, Subject::Replay { .. }));
    let mut files: Vec<&PathBuf> = replays.map(|case| &case.file).collect();
    files.dedup();
    let (mut stems, mut titles) = (HashMap::new(), HashMap::new());
    for file in files {
        let Some(source) = source(project, file) else { continue };
        let shown = source.path().to_owned();
        let mut diagnostics = Diagnostics::new(source.clone());
        let root = parse(&mut Diagnostics::new(source));
        let title = root.as_ref().and_then(|root| root.get("replay"));
        let at = title.map_or(Span { start: 0, end: 0, line: 1, column: 1 }, |title| title.span);
        let stem = file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        if let Some(other) = stems.insert(stem.clone(), shown.clone()) {
            told(
                &mut diagnostics,
                at,
                format!("{other} is named `{stem}`, too"),
                "give the file another name",
            );
        }
        if let Some(title) = title.and_then(Node::as_text)
            && let Some(other) = titles.insert(title.to_owned(), shown)
        {
            told(
                &mut diagnostics,
                at,
                format!("{other} says the same sentence"),
                "say what only this one holds",
            );
        }
        report.diagnostics(&diagnostics);
    }
}

fn told(diagnostics: &mut Diagnostics, at: Span, message: String, help: &str) {
    diagnostics.push(Diagnostic::lint(at, message).rule(Rule::DuplicateName).help(help));
}
