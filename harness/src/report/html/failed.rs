//! A failure on the page: where it is written, what differs, the request, the answer, what the others saw.

use harness_model::event::{Failure, Mismatch, SourceAt};
use serde::Serialize;

use super::super::text::cut_and_counted;
use super::entry::body;

const LOG_LINES_MAX: usize = 40;
const DIFF_LINES_MAX: usize = 400;
const TEXT_CHARS_MAX: usize = 6000;

/// A failure, as the template is given it.
#[derive(Serialize)]
pub(super) struct Failed<'a> {
    step: String,
    message: &'a str,
    waited: Option<String>,
    at: Option<Source<'a>>,
    mismatches: Vec<Missed<'a>>,
    curl: Option<&'a str>,
    response: Option<Response>,
    seen: Vec<Lines<'a>>,
    logs: Vec<Lines<'a>>,
    help: Option<&'a str>,
}

#[derive(Serialize)]
struct Source<'a> {
    place: String,
    number: u32,
    text: &'a str,
    gutter: String,
    caret: String,
}

#[derive(Serialize)]
struct Missed<'a> {
    path: &'a str,
    place: Option<String>,
    expected: String,
    actual: String,
    diff: Vec<DiffLine<'a>>,
}

#[derive(Serialize)]
struct DiffLine<'a> {
    class: &'static str,
    text: &'a str,
}

#[derive(Serialize)]
struct Response {
    status: u16,
    headers: String,
    body: String,
}

#[derive(Serialize)]
struct Lines<'a> {
    who: &'a str,
    before: usize,
    lines: &'a [String],
}

impl<'a> Failed<'a> {
    /// What is shown of a failure.
    pub(super) fn of(step: &str, failure: &'a Failure) -> Self {
        let seen = failure.seen.iter().map(|seen| tail(&seen.who, &seen.lines, 0));
        let logs = failure.logs.iter().map(|log| tail(&log.service, &log.lines, log.left_out as usize));
        Failed {
            step: step.to_owned(),
            message: &failure.message,
            waited: failure.waited.as_ref().map(super::super::failure::waited),
            at: failure.at.as_ref().map(source),
            mismatches: failure.mismatches.iter().map(missed).collect(),
            curl: failure.curl.as_deref(),
            response: failure.response.as_ref().map(|response| Response {
                status: response.status,
                headers: response.headers.iter().map(|it| format!("{}: {}\n", it.name, it.value)).collect(),
                body: cut_and_counted(&body(&response.body), TEXT_CHARS_MAX),
            }),
            seen: seen.collect(),
            logs: logs.collect(),
            help: failure.help.as_deref(),
        }
    }
}

fn tail<'a>(who: &'a str, lines: &'a [String], left_out: usize) -> Lines<'a> {
    let start = lines.len().saturating_sub(LOG_LINES_MAX);
    Lines { who, before: left_out + start, lines: &lines[start..] }
}

fn source(at: &SourceAt) -> Source<'_> {
    let before = " ".repeat(at.column.saturating_sub(1) as usize);
    Source {
        place: format!("{}:{}:{}", at.file, at.line, at.column),
        number: at.line,
        text: &at.text,
        gutter: " ".repeat(at.line.to_string().len()),
        caret: format!("{before}{}", "^".repeat(at.width.max(1) as usize)),
    }
}

fn missed(mismatch: &Mismatch) -> Missed<'_> {
    let diff = mismatch.diff.iter().flat_map(|diff| diff.lines()).take(DIFF_LINES_MAX).map(|text| DiffLine {
        class: match text.as_bytes().first() {
            Some(b'-') => "del",
            Some(b'+') => "ins",
            _ => "same",
        },
        text,
    });
    Missed {
        path: &mismatch.path,
        place: mismatch.at.as_ref().map(|at| format!("{}:{}", at.file, at.line)),
        expected: cut_and_counted(&mismatch.expected, TEXT_CHARS_MAX),
        actual: cut_and_counted(&mismatch.actual, TEXT_CHARS_MAX),
        diff: diff.collect(),
    }
}
