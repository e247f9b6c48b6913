//! What GitHub shows of a run: an annotation on the line of every red step, and a summary of the job step.
//!
//! Annotations are workflow commands on standard output; the summary is Markdown, appended to the file that
//! `GITHUB_STEP_SUMMARY` names. Expected failures and missing capabilities are annotated too: a green gate says
//! what it did not prove.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::PathBuf;

use harness_model::event::{Failure, ReplayFinished, Stamped};
use harness_model::verdict::{Missing, Summary, Verdict};

use super::Reporter;
use super::text::{cut, reason};
use super::view::{CaseView, RunView};

/// Red cases spelled out in the summary; GitHub cuts a summary at one mebibyte.
const CASES_MAX: usize = 50;
/// Characters of one message.
const MESSAGE_CHARS_MAX: usize = 2000;

/// Writes annotations and the step summary when the run is over.
pub struct Github {
    summary: Option<PathBuf>,
    view: RunView,
}

impl Github {
    /// Annotations on standard output, and a summary appended to a file.
    #[must_use]
    pub fn to(summary: Option<PathBuf>) -> Self {
        Github { summary, view: RunView::default() }
    }

    /// The report that the environment asks for: inside a workflow there is one without being told.
    #[must_use]
    pub fn from_env(var: impl Fn(&str) -> Option<String>) -> Option<Self> {
        let inside = var("GITHUB_ACTIONS").is_some_and(|value| value == "true");
        let summary = var("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty());
        (inside || summary.is_some()).then(|| Github::to(summary.map(PathBuf::from)))
    }
}

impl Reporter for Github {
    fn event(&mut self, event: &Stamped) -> io::Result<()> {
        self.view.event(&event.event);
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        let mut out = crate::out::stdout();
        out.write_all(annotations(&self.view).as_bytes())?;
        out.flush()?;
        let Some(path) = &self.summary else { return Ok(()) };
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let mut file = std::fs::OpenOptions::new().create(true).append(true).open(path)?;
        file.write_all(summary(&self.view).as_bytes())
    }
}

/// The workflow commands of a run.
#[must_use]
pub fn annotations(view: &RunView) -> String {
    let mut out = String::new();
    for failure in &view.boot_failures {
        out += &command("error", failure, "BROKEN: a world did not come up", &failure.message);
    }
    for case in &view.cases {
        out += &annotation(case);
    }
    for Missing { capability, reason } in view.summary.iter().flat_map(|summary| &summary.missing) {
        out += &command("notice", &Failure::default(), "not here", &format!("{capability}: {reason}"));
    }
    for leftover in view.summary.iter().flat_map(|summary| &summary.leftovers) {
        out += &command("error", &Failure::default(), "LEFT OVER", leftover);
    }
    out
}

fn annotation(case: &CaseView) -> String {
    let nowhere = Failure::default();
    let first = case.failures.first().map_or(&nowhere, |failed| &failed.failure);
    let Some(finished) = &case.finished else {
        return command(
            "error",
            first,
            &format!("{} {}", case.word().to_uppercase(), case.id),
            "the run ended before this case did",
        );
    };
    let level = match finished.verdict {
        Verdict::Passed => return String::new(),
        Verdict::Failed | Verdict::Broken | Verdict::Xpassed => "error",
        Verdict::Xfailed => "warning",
        Verdict::Skipped => "notice",
    };
    let title = format!("{} {}", finished.verdict.word().to_uppercase(), case.id);
    command(level, first, &title, &message(case, finished))
}

fn message(case: &CaseView, finished: &ReplayFinished) -> String {
    let mut text = reason(finished.issue.as_deref(), &finished.because);
    if finished.verdict.is_green() {
        return text;
    }
    for mismatch in case.failures.iter().flat_map(|failed| &failed.failure.mismatches) {
        let _ = write!(text, "\n{mismatch}");
    }
    if !finished.reproduce.is_empty() {
        let _ = write!(text, "\nreproduce: {}", finished.reproduce);
    }
    text
}

fn command(level: &str, failure: &Failure, title: &str, message: &str) -> String {
    let place = failure
        .at
        .as_ref()
        .map(|at| format!("file={},line={},col={},", property(&at.file), at.line, at.column));
    let message = data(&cut(message, MESSAGE_CHARS_MAX));
    format!("::{level} {}title={}::{message}\n", place.unwrap_or_default(), property(title))
}

/// A message of a workflow command.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A property of a workflow command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

/// The step summary of a run.
#[must_use]
pub fn summary(view: &RunView) -> String {
    let mut out = String::from("## Replays\n\n");
    let Some(summary) = &view.summary else {
        out += "**The run was cut off: it is not green.**\n\n";
        return out + &red_cases(view);
    };
    out += &counts(summary);
    out += &red_cases(view);
    out += &listed("Expected failures", view, Verdict::Xfailed);
    out += &listed("Skipped", view, Verdict::Skipped);
    let missing =
        summary.missing.iter().map(|missing| format!("`{}`: {}", missing.capability, missing.reason));
    out += &bullets("Not here", missing);
    out += &bullets("Not run", summary.not_run.iter().cloned());
    out += &bullets("Left over", summary.leftovers.iter().cloned());
    out
}

fn counts(summary: &Summary) -> String {
    let words = Verdict::ALL.map(Verdict::word).join(" | ");
    let numbers = Verdict::ALL.map(|verdict| summary.of(verdict).to_string()).join(" | ");
    let rule = Verdict::ALL.map(|_| "---:").join(" | ");
    let exit = summary.exit().code();
    format!("| {words} |\n| {rule} |\n| {numbers} |\n\nExit code {exit}.\n\n")
}

fn red_cases(view: &RunView) -> String {
    let red: Vec<_> = view.cases.iter().filter(|case| case.is_red()).collect();
    let mut out = String::new();
    for case in red.iter().take(CASES_MAX) {
        out += &red_case(case);
    }
    if red.len() > CASES_MAX {
        let _ = writeln!(out, "… and {} more red cases, in the HTML report.\n", red.len() - CASES_MAX);
    }
    out
}

fn red_case(case: &CaseView) -> String {
    let mut out = format!("### {}: {}\n\n", case.word().to_uppercase(), code(&case.id.0));
    if let Some(finished) = &case.finished {
        let _ = writeln!(out, "{}\n", code(&cut(&finished.because, MESSAGE_CHARS_MAX)));
    }
    for failed in &case.failures {
        let place = failed.failure.at.as_ref().map(|at| format!("{}:{}", at.file, at.line));
        let _ = writeln!(out, "- step {} {}", code(&failed.step.to_string()), place.unwrap_or_default());
        for mismatch in failed.failure.mismatches.iter().take(8) {
            let _ = writeln!(out, "  - {}", code(&cut(&mismatch.to_string(), 400)));
        }
    }
    if let Some(finished) = case.finished.as_ref().filter(|finished| !finished.reproduce.is_empty()) {
        let _ = writeln!(out, "\n```sh\n{}\n```", finished.reproduce);
    }
    out.push('\n');
    out
}

fn listed(title: &str, view: &RunView, verdict: Verdict) -> String {
    let finished = view.cases.iter().filter_map(|case| case.finished.as_ref());
    let lines = finished.filter(|finished| finished.verdict == verdict).map(|finished| {
        let issue = finished.issue.as_ref().map(|issue| format!(" {issue}")).unwrap_or_default();
        format!("{}{issue}: {}", code(&finished.case.0), code(&cut(&finished.because, 400)))
    });
    bullets(title, lines)
}

fn bullets(title: &str, lines: impl Iterator<Item = String>) -> String {
    let lines: Vec<_> = lines.map(|line| format!("- {line}\n")).collect();
    if lines.is_empty() { String::new() } else { format!("### {title}\n\n{}\n", lines.concat()) }
}

/// Text that Markdown takes as it is: in one line, and with a fence that the text itself does not hold.
fn code(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let longest = text.split(|char| char != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest + 1);
    match longest {
        0 => format!("`{text}`"),
        _ => format!("{fence} {text} {fence}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_can_break_out_of_a_command_or_of_code() {
        let at = Failure::default();
        let line = command("error", &at, "a: b, c", "100%\nand more");
        assert_eq!(line, "::error title=a%3A b%2C c::100%25%0Aand more\n");
        assert_eq!(code("a `` b\nc"), "``` a `` b c ```");
    }

    #[test]
    fn the_environment_decides_whether_there_is_a_report() {
        let env = |pairs: &'static [(&str, &str)]| {
            move |name: &str| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        };
        assert!(Github::from_env(env(&[])).is_none());
        assert!(Github::from_env(env(&[("GITHUB_ACTIONS", "false"), ("GITHUB_STEP_SUMMARY", "")])).is_none());
        let annotating = Github::from_env(env(&[("GITHUB_ACTIONS", "true")])).unwrap();
        assert_eq!(annotating.summary, None);
        let writing = Github::from_env(env(&[("GITHUB_STEP_SUMMARY", "out/s.md")])).unwrap();
        assert_eq!(writing.summary, Some("out/s.md".into()));
    }
}
