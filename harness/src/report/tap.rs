//! TAP version 14, for consumers that read the Test Anything Protocol.
//!
//! TAP knows two words and two directives, and we have six classes: an expected failure is `not ok # TODO`, a
//! missing capability `ok # SKIP`; everything red is `not ok` without a directive, and the diagnostic's
//! `severity` tells failed from broken. A case that passes against expectation is `not ok`: `ok # TODO` would
//! be read as green.

use std::fmt::Write as _;
use std::io;

use harness_model::event::ReplayFinished;
use harness_model::verdict::Verdict;
use serde_json::{Map, Value, json};

use super::text::{first_line, reason};
use super::view::{CaseView, RunView};

/// The TAP document of a run.
///
/// # Errors
/// When a value cannot be serialised.
pub fn render(view: &RunView) -> io::Result<String> {
    let mut out = String::from("TAP version 14\n");
    let leftovers = view.summary.iter().flat_map(|summary| &summary.leftovers);
    let leftovers: Vec<_> = leftovers.collect();
    line(&mut out, &format!("1..{}", view.cases.len() + usize::from(!leftovers.is_empty())));
    for (position, case) in view.cases.iter().enumerate() {
        self::case(&mut out, position + 1, case)?;
    }
    if !leftovers.is_empty() {
        line(&mut out, &format!("not ok {} - nothing is left behind", view.cases.len() + 1));
        diagnostic(&mut out, &json!({ "severity": "left-over", "left": leftovers }))?;
    }
    for note in &view.notes {
        comment(&mut out, &format!("note: {note}"));
    }
    let Some(summary) = &view.summary else {
        line(&mut out, "Bail out! the run ended before all cases did");
        return Ok(out);
    };
    for missing in &summary.missing {
        comment(&mut out, &format!("not here: {}: {}", missing.capability, missing.reason));
    }
    for not_run in &summary.not_run {
        comment(&mut out, &format!("not run: {not_run}"));
    }
    comment(&mut out, &summary.to_string());
    comment(&mut out, &format!("exit code {}", summary.exit().code()));
    Ok(out)
}

fn case(out: &mut String, number: usize, case: &CaseView) -> io::Result<()> {
    let name = escaped(&case.id.0);
    let Some(finished) = &case.finished else {
        line(out, &format!("not ok {number} - {name}"));
        return diagnostic(
            out,
            &json!({ "severity": "cut-off", "message": "the run ended before this case did" }),
        );
    };
    let because = escaped(first_line(&finished.because));
    match finished.verdict {
        Verdict::Passed => line(out, &format!("ok {number} - {name}")),
        Verdict::Skipped => line(out, &format!("ok {number} - {name} # SKIP {because}")),
        Verdict::Xfailed => {
            let reason = escaped(&reason(finished.issue.as_deref(), first_line(&finished.because)));
            line(out, &format!("not ok {number} - {name} # TODO {reason}"));
        }
        Verdict::Failed | Verdict::Broken | Verdict::Xpassed => {
            line(out, &format!("not ok {number} - {name}"))
        }
    }
    if finished.verdict.is_green() && finished.verdict != Verdict::Xfailed {
        return Ok(());
    }
    diagnostic(out, &details(case, finished))
}

fn details(case: &CaseView, finished: &ReplayFinished) -> Value {
    let mut details = Map::new();
    let mut put = |key: &str, value: Value| drop(details.insert(key.to_owned(), value));
    put("severity", finished.verdict.word().into());
    put("message", finished.because.clone().into());
    if let Some(issue) = &finished.issue {
        put("issue", issue.clone().into());
    }
    put("duration_ms", finished.took_ms.into());
    for failed in case.failures.iter().take(1) {
        put("step", failed.step.to_string().into());
        if let Some(at) = &failed.failure.at {
            put("at", format!("{}:{}:{}", at.file, at.line, at.column).into());
        }
        let mismatches = failed.failure.mismatches.iter();
        put("mismatches", mismatches.map(|mismatch| Value::from(mismatch.to_string())).collect());
    }
    if !finished.reproduce.is_empty() {
        put("reproduce", finished.reproduce.clone().into());
    }
    details.into()
}

/// A YAML block: JSON values are YAML, and no text can break out of them.
fn diagnostic(out: &mut String, details: &Value) -> io::Result<()> {
    line(out, "  ---");
    for (key, value) in details.as_object().into_iter().flatten() {
        line(out, &format!("  {key}: {}", serde_json::to_string(value)?));
    }
    line(out, "  ...");
    Ok(())
}

fn comment(out: &mut String, text: &str) {
    for text in text.lines() {
        line(out, &format!("# {text}"));
    }
}

fn line(out: &mut String, text: &str) {
    let _ = writeln!(out, "{text}");
}

/// `#` begins a directive and `\` escapes it.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('#', "\\#")
}
