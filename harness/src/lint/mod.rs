//! What can be said about a project's files without starting anything.
//!
//! The rules about one replay are the model's; here are those that need the whole project: files that refer to
//! each other, names that must exist or be unique, the list of expected failures.

mod caps;
mod env;
mod finding;
mod markers;
mod names;
mod xfail;

use std::io;

use harness_model::check::{Surroundings, check_part};
use harness_model::replay::parse_part;
use harness_model::rule::Rule;
use harness_model::verdict::CaseId;
use harness_model::yaml::Source;
use indexmap::IndexMap;

use crate::ledger::Ledger;
use crate::project::Project;
use crate::runner::case::{Case, Subject};
use crate::runner::discover;
use crate::runner::load::{Checked, Loader, read};

pub use finding::{Finding, Report, Weight};
pub use xfail::growth as xfail_growth;

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
    for diagnostics in Ledger::read(project, &cases)?.findings {
        report.diagnostics(&diagnostics);
    }
    let mut seen = Vec::new();
    // What is wrong with the list of expected failures is told below, finding by finding.
    for case in cases.iter().filter(|case| case.file != project.xfail()) {
        one(&loader, case, &mut seen, &mut report);
    }
    names::check(project, &cases, &mut report);
    markers::check(project, &mut report);
    let ids: Vec<CaseId> = cases.into_iter().map(|case| case.id).collect();
    xfail::list(project, &ids, &mut report);
    env::check(project, &mut report);
    caps::check(project, &mut report);
    Ok(report)
}

fn topologies(loader: &Loader, report: &mut Report) -> io::Result<()> {
    for file in discover::files(&loader.project().topologies(), "yaml")? {
        match read(loader.project(), &file) {
            Ok(source) => report.diagnostics(&harness_model::topology::Topology::read(source).1),
            Err(finding) => report.refuse(Rule::Reference, &loader.project().shown(&file), finding),
        }
    }
    Ok(())
}

fn parts(loader: &Loader, report: &mut Report) -> io::Result<()> {
    let (mut known, mut findings) = (IndexMap::new(), Vec::new());
    for file in discover::files(&loader.project().replays().join("parts"), "yaml")? {
        let Ok(source) = read(loader.project(), &file) else { continue };
        let (part, diagnostics) = parse_part(&source);
        known.extend(part.map(|part| (source.path().to_owned(), part)));
        findings.push(diagnostics);
    }
    for mut diagnostics in findings {
        if let Some(part) = known.get(diagnostics.source().path()) {
            check_part(part, Surroundings { topology: None, parts: Some(&known) }, &mut diagnostics);
        }
        report.diagnostics(&diagnostics);
    }
    Ok(())
}

/// A file has one case per row or entry; its own findings are told once.
fn one(loader: &Loader, case: &Case, seen: &mut Vec<String>, report: &mut Report) {
    let file = loader.project().shown(&case.file);
    let checked = match &case.subject {
        Subject::Golden { .. } => return,
        Subject::Unreadable { findings } => return report.refuse(Rule::Language, &file, findings.clone()),
        Subject::Replay { .. } => read(loader.project(), &case.file).map(|source| loader.check_file(source)),
        Subject::Corpus { judge, name, entry } => {
            read(loader.project(), judge).map(|source| loader.check_judge(source, name, entry))
        }
    };
    let checked = match checked {
        Ok(checked) => checked,
        Err(finding) => return report.refuse(Rule::Reference, &file, finding),
    };
    let path = checked.diagnostics.source().path().to_owned();
    if seen.contains(&path) {
        return;
    }
    seen.push(path.clone());
    tell(&checked, &path, report);
}

fn tell(checked: &Checked, path: &str, report: &mut Report) {
    report.diagnostics(&checked.diagnostics);
    for finding in &checked.elsewhere {
        report.refuse(Rule::Reference, path, finding.clone());
    }
}

/// A source of the project, for rules that look at text.
fn source(project: &Project, file: &std::path::Path) -> Option<Source> {
    read(project, file).ok()
}

#[cfg(test)]
mod coherence_tests;
#[cfg(test)]
mod tests;
