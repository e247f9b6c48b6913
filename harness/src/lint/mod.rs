//! What can be said about a project's files without starting anything.
//!
//! The rules about one replay are the model's; here are those that need the whole project: files that refer to
//! each other, names that must exist or be unique, the list of expected failures.

mod ledger;
mod xfail;

use std::io;

use harness_model::replay::parse_part;
use harness_model::verdict::CaseId;
use harness_model::yaml::{Diagnostic, Diagnostics, Severity, Source, Style};

use crate::project::Project;
use crate::runner::case::{Case, Subject};
use crate::runner::discover;
use crate::runner::load::{Checked, Loader, read};

pub use xfail::growth as xfail_growth;

/// Whether a finding fails the lint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// It does.
    Refused,
    /// It is worth a look.
    Warning,
}

/// Everything found in one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The file, relative to the project.
    pub file: String,
    /// Whether it fails the lint.
    pub weight: Weight,
    /// The finding with its place, ready to print.
    pub text: String,
}

/// What a lint found.
#[derive(Debug, Default)]
pub struct Report {
    /// Files that were looked at.
    pub files: usize,
    /// In the order of the files.
    pub findings: Vec<Finding>,
}

impl Report {
    /// Adds what another lint found.
    pub fn merge(&mut self, other: Report) {
        self.files += other.files;
        self.findings.extend(other.findings);
    }

    fn diagnostics(&mut self, diagnostics: &Diagnostics) {
        self.files += 1;
        for found in diagnostics.sorted() {
            let mut single = Diagnostics::new(diagnostics.source().clone());
            single.push(found.clone());
            let weight = match found.severity {
                Severity::Warning => Weight::Warning,
                Severity::Lint | Severity::Error => Weight::Refused,
            };
            let file = diagnostics.source().path().to_owned();
            self.findings.push(Finding { file, weight, text: single.render(Style::Coloured) });
        }
    }

    fn refuse(&mut self, file: &str, text: impl Into<String>) {
        self.findings.push(Finding { file: file.to_owned(), weight: Weight::Refused, text: text.into() });
    }
}

/// Checks every file of a project.
///
/// # Errors
/// When a folder cannot be read.
pub fn project(project: &Project) -> io::Result<Report> {
    let loader = Loader::new(project.clone());
    let cases = discover::cases(project)?;
    let mut report = Report::default();
    topologies(&loader, &mut report)?;
    parts(&loader, &mut report)?;
    let known = ledger::ids(project)?;
    let mut seen = Vec::new();
    // What is wrong with the list of expected failures is told below, finding by finding.
    for case in cases.iter().filter(|case| case.file != project.xfail()) {
        one(&loader, case, &known, &mut seen, &mut report);
    }
    let ids: Vec<CaseId> = cases.into_iter().map(|case| case.id).collect();
    xfail::list(project, &ids, &mut report);
    Ok(report)
}

fn topologies(loader: &Loader, report: &mut Report) -> io::Result<()> {
    for file in discover::files(&loader.project().topologies(), "yaml")? {
        match read(loader.project(), &file) {
            Ok(source) => report.diagnostics(&harness_model::topology::Topology::read(source).1),
            Err(finding) => report.refuse(&loader.project().shown(&file), finding),
        }
    }
    Ok(())
}

fn parts(loader: &Loader, report: &mut Report) -> io::Result<()> {
    for file in discover::files(&loader.project().replays().join("parts"), "yaml")? {
        let Ok(source) = read(loader.project(), &file) else { continue };
        let (part, mut diagnostics) = parse_part(&source);
        if let Some(part) = part {
            harness_model::check::check_part(&part, Default::default(), &mut diagnostics);
        }
        report.diagnostics(&diagnostics);
    }
    Ok(())
}

/// A file has one case per row or entry; its own findings are told once.
fn one(loader: &Loader, case: &Case, known: &ledger::Ids, seen: &mut Vec<String>, report: &mut Report) {
    let file = loader.project().shown(&case.file);
    let checked = match &case.subject {
        Subject::Golden { .. } => return,
        Subject::Unreadable { findings } => return report.refuse(&file, findings.clone()),
        Subject::Replay { .. } => read(loader.project(), &case.file).map(|source| loader.check_file(source)),
        Subject::Corpus { judge, name, entry } => {
            read(loader.project(), judge).map(|source| loader.check_judge(source, name, entry))
        }
    };
    let checked = match checked {
        Ok(checked) => checked,
        Err(finding) => return report.refuse(&file, finding),
    };
    let path = checked.diagnostics.source().path().to_owned();
    if seen.contains(&path) {
        return;
    }
    seen.push(path.clone());
    tell(checked, known, &path, report);
}

fn tell(checked: Checked, known: &ledger::Ids, path: &str, report: &mut Report) {
    let Checked { replay, mut diagnostics, elsewhere, .. } = checked;
    if let Some(replay) = replay {
        for id in replay.ledger.iter().filter(|id| !known.has(id)) {
            let span = diagnostics.source().narrow(replay.span, id);
            let finding = Diagnostic::error(span, format!("the ledger has no row `{id}`"));
            diagnostics.push(finding.did_you_mean(id, known.iter()));
        }
    }
    report.diagnostics(&diagnostics);
    for finding in elsewhere {
        report.refuse(path, finding);
    }
}

/// A source of the project, for rules that look at text.
fn source(project: &Project, file: &std::path::Path) -> Option<Source> {
    read(project, file).ok()
}

#[cfg(test)]
mod tests;
