//! The list of expected failures: right in itself, and never longer than on the base branch.

use std::path::Path;
use std::process::Command;

use harness_model::rule::Rule;
use harness_model::verdict::CaseId;
use harness_model::xfail::XfailList;
use harness_model::yaml::{Diagnostic, Source};

use super::{Report, Weight, source};
use crate::cli::CliError;
use crate::project::Project;

/// Checks the list against the cases that exist.
pub(super) fn list(project: &Project, cases: &[CaseId], report: &mut Report) {
    let Some(source) = source(project, &project.xfail()) else { return };
    let (list, mut diagnostics) = XfailList::read(source);
    for (span, problem) in list.iter().flat_map(|list| list.problems(cases, chrono::Utc::now().date_naive()))
    {
        diagnostics.push(Diagnostic::error(span, problem.to_string()).rule(Rule::Xfail));
    }
    report.diagnostics(&diagnostics);
}

/// Compares the number of entries with that of a revision, or of a file.
///
/// # Errors
/// When the revision cannot be read.
pub fn growth(project: &Project, base: &str, may_grow: bool) -> Result<Report, CliError> {
    let file = project.shown(&project.xfail());
    let before = match Path::new(base).is_file() {
        true => std::fs::read_to_string(base).map_err(CliError::io(format!("cannot read {base}")))?,
        false => of_revision(project, base, &file)?,
    };
    let before = count(&file, &before);
    let now = count(&file, &std::fs::read_to_string(project.xfail()).unwrap_or_default());
    let mut report = Report::default();
    if now > before {
        let text = format!("{file}: {now} expected failures, {before} in {base}: the list may only shrink");
        let weight = if may_grow { Weight::Warning } else { Weight::Refused };
        report.add(Rule::Xfail, weight, &file, text);
    }
    Ok(report)
}

fn of_revision(project: &Project, base: &str, file: &str) -> Result<String, CliError> {
    let output = Command::new("git")
        .arg("-C")
        .arg(project.root())
        .args(["show", &format!("{base}:./{file}")])
        .output()
        .map_err(CliError::io("cannot run git"))?;
    let error = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    // A branch that has no list yet has no expected failures.
    if error.contains("does not exist") || error.contains("exists on disk, but not in") {
        return Ok(String::new());
    }
    Err(CliError::usage(format!("cannot read {base}: {error}"), "name a revision that this clone has"))
}

fn count(file: &str, text: &str) -> usize {
    let (list, _) = XfailList::read(Source::new(file, text));
    list.map_or(0, |list| list.xfail.len())
}
