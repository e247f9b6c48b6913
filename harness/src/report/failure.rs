//! One failure on one screen: where it is written, what differs, the request, the answer, what the others
//! saw and logged, and the command that shows it again. Anything longer is in the run log.

use harness_model::event::{Body, Failure, HttpResponse, LogExcerpt, Mismatch, SourceAt, Waited};

use super::{style, text};

const MISMATCHES_MAX: usize = 8;
const DIFF_LINES_MAX: usize = 24;
const BODY_LINES_MAX: usize = 12;
const LOG_LINES_MAX: usize = 6;
const SEEN_LINES_MAX: usize = 6;
const LINE_CHARS_MAX: usize = 200;

/// Renders a failure, styled, every line indented under the line of its case.
#[must_use]
pub fn render(failure: &Failure, step: Option<&str>, reproduce: &str) -> String {
    let mut page = Page::default();
    if let Some(at) = &failure.at {
        page.source(at);
    }
    page.line(&headline(failure, step));
    page.mismatches(&failure.mismatches);
    if let Some(curl) = &failure.curl {
        page.block("request", [curl.clone()]); // never clipped: it is there to be pasted
    }
    if let Some(response) = &failure.response {
        page.response(response);
    }
    for seen in &failure.seen {
        page.block(&format!("{} saw", seen.who), tail(&seen.lines, 0, SEEN_LINES_MAX));
    }
    for log in &failure.logs {
        page.log(log);
    }
    if let Some(help) = &failure.help {
        page.block("help", [help.clone()]);
    }
    page.block("reproduce", [reproduce.to_owned()]);
    page.0
}

fn headline(failure: &Failure, step: Option<&str>) -> String {
    let at = step.map(|step| format!("at `{step}`: ")).unwrap_or_default();
    let waited = failure.waited.as_ref().map(waited).unwrap_or_default();
    format!("{at}{}{waited}", failure.message)
}

pub(super) fn waited(waited: &Waited) -> String {
    let Waited { mode, limit_ms, attempts, aborted } = waited;
    let end = match aborted {
        Some(reason) => format!("given up early: {reason}"),
        None => format!("limit {limit_ms} ms"),
    };
    format!(" ({mode}, iterations={attempts}, {end})")
}

/// Text under construction; every method ends its lines.
#[derive(Default)]
struct Page(String);

impl Page {
    fn line(&mut self, text: &str) {
        self.0.push_str("  ");
        self.0.push_str(text);
        self.0.push('\n');
    }

    fn block(&mut self, title: &str, lines: impl IntoIterator<Item = String>) {
        self.line(&style::heading(title));
        for line in lines {
            self.line(&format!("  {line}"));
        }
    }

    fn source(&mut self, at: &SourceAt) {
        self.line(&style::dim(&format!("{}:{}:{}", at.file, at.line, at.column)));
        let number = at.line.to_string();
        let gutter = " ".repeat(number.len());
        let before = " ".repeat(at.column.saturating_sub(1) as usize);
        let caret = "^".repeat(at.width.max(1) as usize);
        self.line(&format!("{} {}", style::dim(&format!("{number} |")), at.text));
        self.line(&format!("{} {before}{}", style::dim(&format!("{gutter} |")), style::actual(&caret)));
    }

    fn mismatches(&mut self, all: &[Mismatch]) {
        for mismatch in all.iter().take(MISMATCHES_MAX) {
            self.mismatch(mismatch);
        }
        if all.len() > MISMATCHES_MAX {
            self.line(&style::dim(&format!("… and {} more, in the run log", all.len() - MISMATCHES_MAX)));
        }
    }

    fn mismatch(&mut self, mismatch: &Mismatch) {
        let place = mismatch.at.as_ref().map(|at| style::dim(&format!("  {}:{}", at.file, at.line)));
        self.line(&format!("{}{}", style::heading(&mismatch.path), place.unwrap_or_default()));
        let expected = style::expected(&clipped(&mismatch.expected));
        let actual = style::actual(&clipped(&mismatch.actual));
        self.line(&format!("  expected {expected}"));
        self.line(&format!("  got      {actual}"));
        let diff: Vec<_> = mismatch.diff.iter().flat_map(|diff| diff.lines()).collect();
        for line in diff.iter().take(DIFF_LINES_MAX) {
            self.line(&format!("  {}", painted(&clipped(line))));
        }
        if diff.len() > DIFF_LINES_MAX {
            self.line(&style::dim(&format!("  … {} more lines", diff.len() - DIFF_LINES_MAX)));
        }
    }

    fn response(&mut self, response: &HttpResponse) {
        let kind = response.headers.iter().find(|header| header.name == "content-type");
        let kind = kind.map(|header| format!(", {}", header.value)).unwrap_or_default();
        self.block(&format!("response {}{kind}", response.status), body_lines(&response.body));
    }

    fn log(&mut self, log: &LogExcerpt) {
        let title = format!("{} since the step began", log.service);
        self.block(&title, tail(&log.lines, log.left_out as usize, LOG_LINES_MAX));
    }
}

fn painted(line: &str) -> String {
    match line.as_bytes().first() {
        Some(b'-') => style::expected(line),
        Some(b'+') => style::actual(line),
        _ => style::dim(line),
    }
}

fn body_lines(body: &Body) -> Vec<String> {
    let text = match body {
        Body::Empty => "(empty body)".to_owned(),
        Body::Json(value) => serde_json::to_string_pretty(value).unwrap_or_else(|_| value.to_string()),
        Body::Text(text) => text.clone(),
        Body::Bytes { len, sha256 } => format!("({len} bytes, sha256 {sha256})"),
    };
    let mut lines: Vec<_> = text.lines().take(BODY_LINES_MAX).map(clipped).collect();
    let more = text.lines().count().saturating_sub(BODY_LINES_MAX);
    if more > 0 {
        lines.push(style::dim(&format!("… {more} more lines")));
    }
    lines
}

/// The last lines, and how many came before them.
fn tail(lines: &[String], left_out: usize, max: usize) -> Vec<String> {
    let start = lines.len().saturating_sub(max);
    let before = left_out + start;
    let note = (before > 0).then(|| style::dim(&format!("… {before} lines before")));
    note.into_iter().chain(lines[start..].iter().map(|line| clipped(line))).collect()
}

fn clipped(line: &str) -> String {
    text::cut(line, LINE_CHARS_MAX)
}
