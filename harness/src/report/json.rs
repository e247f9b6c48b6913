//! The JSON report: one document per run with every class, every name and every failure.

use std::io;
use std::path::PathBuf;

use harness_model::event::{Failure, Stamped};
use harness_model::verdict::{Missing, Verdict};
use serde::Serialize;

use super::Reporter;
use super::view::{CaseView, RunView};

/// Writes a JSON file when the run is over.
pub struct Json {
    path: PathBuf,
    view: RunView,
}

impl Json {
    /// A report that will be written to `path`.
    #[must_use]
    pub fn to(path: PathBuf) -> Self {
        Json { path, view: RunView::default() }
    }
}

impl Reporter for Json {
    fn event(&mut self, event: &Stamped) -> io::Result<()> {
        self.view.event(&event.event);
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        super::log::write_file(&self.path, &render(&self.view)?)
    }
}

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    run: Option<&'a str>,
    started: Option<chrono::DateTime<chrono::Utc>>,
    backend: Option<&'a str>,
    seed: Option<u64>,
    took_ms: Option<u64>,
    /// False when the log ends before the run did: such a run is never green.
    complete: bool,
    summary_line: Option<String>,
    exit_code: Option<u8>,
    counts: Option<Counts>,
    missing: &'a [Missing],
    not_run: &'a [String],
    leftovers: &'a [String],
    notes: &'a [String],
    boot_failures: &'a [Failure],
    cases: Vec<Case<'a>>,
}

#[derive(Serialize)]
struct Counts {
    passed: u32,
    failed: u32,
    broken: u32,
    xfailed: u32,
    xpassed: u32,
    skipped: u32,
}

#[derive(Serialize)]
struct Case<'a> {
    name: &'a str,
    title: Option<&'a str>,
    file: Option<&'a str>,
    closes: &'a [String],
    verdict: Option<Verdict>,
    #[serde(skip_serializing_if = "str::is_empty")]
    because: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    issue: Option<&'a str>,
    took_ms: Option<u64>,
    checks_passed: u32,
    checks_failed: u32,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    failures: Vec<Failed<'a>>,
    #[serde(skip_serializing_if = "str::is_empty")]
    reproduce: &'a str,
}

#[derive(Serialize)]
struct Failed<'a> {
    step: String,
    failure: &'a Failure,
}

/// The document of a run.
///
/// # Errors
/// When a value cannot be serialised.
pub fn render(view: &RunView) -> io::Result<String> {
    let started = view.started.as_ref();
    let summary = view.summary.as_ref();
    let document = Document {
        version: 1,
        run: started.map(|s| s.run.as_str()),
        started: started.map(|s| s.started),
        backend: started.map(|s| s.backend.as_str()),
        seed: started.and_then(|s| s.seed),
        took_ms: view.took_ms,
        complete: summary.is_some(),
        summary_line: summary.map(ToString::to_string),
        exit_code: summary.map(|s| s.exit().code()),
        counts: summary.map(|s| Counts {
            passed: s.passed,
            failed: s.failed,
            broken: s.broken,
            xfailed: s.xfailed,
            xpassed: s.xpassed,
            skipped: s.skipped,
        }),
        missing: summary.map_or(&[], |s| &s.missing),
        not_run: summary.map_or(&[], |s| &s.not_run),
        leftovers: summary.map_or(&[], |s| &s.leftovers),
        notes: &view.notes,
        boot_failures: &view.boot_failures,
        cases: view.cases.iter().map(case).collect(),
    };
    let mut text = serde_json::to_string_pretty(&document)?;
    text.push('\n');
    Ok(text)
}

fn case(view: &CaseView) -> Case<'_> {
    let (started, finished) = (view.started.as_ref(), view.finished.as_ref());
    Case {
        name: &view.id.0,
        title: started.map(|s| s.title.as_str()),
        file: started.map(|s| s.file.as_str()),
        closes: started.map_or(&[], |s| &s.closes),
        verdict: finished.map(|f| f.verdict),
        because: finished.map_or("", |f| &f.because),
        issue: finished.and_then(|f| f.issue.as_deref()),
        took_ms: finished.map(|f| f.took_ms),
        checks_passed: finished.map_or(0, |f| f.checks_passed),
        checks_failed: finished.map_or(0, |f| f.checks_failed),
        failures: view
            .failures
            .iter()
            .map(|f| Failed { step: f.step.to_string(), failure: &f.failure })
            .collect(),
        reproduce: finished.map_or("", |f| &f.reproduce),
    }
}
