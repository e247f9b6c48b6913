//! The JSON report: one document per run with every class, every name and every failure.

use std::io;

use harness_model::event::Failure;
use harness_model::verdict::{Missing, Verdict};
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Serialize;

use super::view::{CaseView, RunView};

#[derive(Serialize, JsonSchema)]
struct Document<'a> {
    /// Of this format; a reader refuses one it does not know.
    version: u32,
    /// Name of the run.
    run: Option<&'a str>,
    /// Wall clock at the start, RFC 3339.
    #[schemars(with = "Option<String>")]
    started: Option<chrono::DateTime<chrono::Utc>>,
    /// What carried the worlds.
    backend: Option<&'a str>,
    /// The seed of the order when it was shuffled.
    seed: Option<u64>,
    took_ms: Option<u64>,
    /// False when the log ends before the run did: such a run is never green.
    complete: bool,
    /// The line with all classes, as the terminal shows it.
    summary_line: Option<String>,
    /// The exit code that the run earned.
    exit_code: Option<u8>,
    counts: Option<Counts>,
    /// What this machine or backend lacks.
    missing: &'a [Missing],
    /// What a green verdict does not cover.
    not_run: &'a [String],
    /// What outlived the run.
    leftovers: &'a [String],
    notes: &'a [String],
    /// Worlds that did not come up.
    boot_failures: &'a [Failure],
    /// Every case that was chosen, in the order in which they were announced.
    cases: Vec<Case<'a>>,
}

#[derive(Serialize, JsonSchema)]
struct Counts {
    passed: u32,
    failed: u32,
    broken: u32,
    xfailed: u32,
    xpassed: u32,
    skipped: u32,
}

#[derive(Serialize, JsonSchema)]
struct Case<'a> {
    name: &'a str,
    title: Option<&'a str>,
    file: Option<&'a str>,
    closes: &'a [String],
    /// Absent when the run was cut off before the case ended.
    verdict: Option<Verdict>,
    #[serde(skip_serializing_if = "str::is_empty")]
    /// Why, when the verdict is not simply passed.
    because: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    /// Issue of the entry in the list of expected failures.
    issue: Option<&'a str>,
    took_ms: Option<u64>,
    checks_passed: u32,
    checks_failed: u32,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    failures: Vec<Failed<'a>>,
    #[serde(skip_serializing_if = "str::is_empty")]
    /// The command that runs this case alone.
    reproduce: &'a str,
}

#[derive(Serialize, JsonSchema)]
struct Failed<'a> {
    step: String,
    failure: &'a Failure,
}

/// The published schema of the document, as it is checked in.
///
/// # Errors
/// When it cannot be serialised.
pub fn schema_text() -> io::Result<String> {
    // As it is written, not as it would be read: what may be left out is not demanded.
    let settings = SchemaSettings::draft2020_12().for_serialize();
    let mut schema = settings.into_generator().into_root_schema_for::<Document<'static>>();
    schema.insert("title".to_owned(), "Report of a harness run".into());
    let mut text = serde_json::to_string_pretty(&schema)?;
    text.push('\n');
    Ok(text)
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
