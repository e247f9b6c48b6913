//! The list of expected failures, `replays/xfail.yaml`, and the one function that applies it.
//!
//! An expected failure is data, never code: a replay on the list runs to its end like any other, and the
//! list decides afterwards whether its failure is the known one. A replay cannot skip or disarm itself
//! (#2863: a marker inside a script left the path unarmed while the suite was green).
//!
//! Reading order: [`Entry`] (what must be known about an expected failure), [`judge()`] (the verdict table),
//! [`XfailList::problems`] (what makes the list itself wrong).

use chrono::NaiveDate;
use schemars::{Schema, SchemaGenerator, json_schema};
use thiserror::Error;

use crate::form::Form;
use crate::record;
use crate::verdict::{CaseId, Ending, FailedStep, Verdict};
use crate::yaml::{self, Diagnostic, Diagnostics, Node, Source, Span};

/// Replays that may never be listed: without them the suite says nothing about isolation or provisioning.
pub const NEVER_LISTED: [&str; 3] = ["canary-smoke-a2a-pong", "tenant-isolation", "per-tenant-independence"];

record! {
    /// One expected failure.
    pub struct Entry in "an expected failure" {
        /// File stem of the replay, or `name::row` for one row of its matrix.
        replay: String = required("replay"),
        /// The issue that will make it pass, as in `#2863`.
        issue: String = required("issue"),
        /// The mechanism that was verified, and whether the product or the infrastructure is to blame.
        reason: String = required("reason"),
        /// Since when.
        since: Day = required("since"),
        /// Who removes the entry.
        owner: String = required("owner"),
        /// Last day on which the entry counts.
        expires: Day = required("expires"),
        /// Name of the step that fails.
        expected_step: String = required("expected_step"),
        /// Text that the failure contains.
        expected_text: String = required("expected_text"),
        /// What must be true before the entry goes.
        unxfail_when: Vec<String> = required("unxfail_when"),
    }
}

impl Entry {
    /// Whether the entry speaks of this case: all rows of its replay, or the one it names.
    #[must_use]
    pub fn names(&self, case: &CaseId) -> bool {
        let mut parts = case.0.splitn(4, "::");
        let (Some("replay"), Some(_area), Some(name)) = (parts.next(), parts.next(), parts.next()) else {
            return false;
        };
        match (self.replay.split_once("::"), parts.next()) {
            (None, _) => self.replay == name,
            (Some((replay, wanted)), Some(row)) => replay == name && wanted == row,
            (Some(_), None) => false,
        }
    }

    fn expects(&self, failed: &FailedStep) -> bool {
        failed.step.name == self.expected_step && failed.failure.signature().contains(&self.expected_text)
    }
}

record! {
    /// The whole list.
    pub struct XfailList in "the list of expected failures" {
        /// Its entries; an empty list is the goal.
        xfail: Vec<Entry> = required("xfail"),
    }
}

impl XfailList {
    /// A list without entries, for projects that have no file.
    #[must_use]
    pub fn empty() -> Self {
        XfailList { xfail: Vec::new(), span: Span::NOWHERE }
    }

    /// Reads a file; `None` when it has errors, all of which are in the diagnostics.
    #[must_use]
    pub fn read(source: Source) -> (Option<Self>, Diagnostics) {
        let mut diagnostics = Diagnostics::new(source);
        let list = yaml::parse(&mut diagnostics).and_then(|node| Self::form(&node, &mut diagnostics));
        (list, diagnostics)
    }

    fn form(node: &Node, diagnostics: &mut Diagnostics) -> Option<Self> {
        <Self as Form>::read(node, diagnostics)
    }
}

/// A day, written `2026-06-01`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(pub NaiveDate);

impl std::fmt::Display for Day {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(out)
    }
}

impl Form for Day {
    fn read(node: &Node, diagnostics: &mut Diagnostics) -> Option<Self> {
        let day = node.as_text().and_then(|text| text.parse().ok());
        if day.is_none() {
            diagnostics.push(Diagnostic::error(node.span, "expected a day, as in 2026-06-01"));
        }
        day.map(Day)
    }

    fn write(&self) -> Node {
        Node::text(self.to_string())
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "date" })
    }
}

/// What the list says about a case.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Standing<'a> {
    /// Nothing.
    Unlisted,
    /// It is expected to fail.
    Live(&'a Entry),
    /// It was, until the day in the entry.
    Expired(&'a Entry),
}

/// A verdict and what to say beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// What counts.
    pub verdict: Verdict,
    /// Why, where the verdict alone does not say it.
    pub because: String,
    /// Issue of the entry that was applied.
    pub issue: Option<String>,
}

/// The verdict table. Total: no pair of outcome and standing is left to a default.
///
/// A case that could not be judged or did not run says nothing about its entry, so those two come first.
#[must_use]
pub fn judge(ending: &Ending, standing: Standing<'_>) -> Judgement {
    match (ending, standing) {
        (Ending::Broken { failure, .. }, _) => plain(Verdict::Broken, &failure.message),
        (Ending::Skipped { missing }, _) => {
            let names: Vec<_> = missing.iter().map(|m| format!("{}: {}", m.capability, m.reason)).collect();
            plain(Verdict::Skipped, &names.join("; "))
        }
        (Ending::Passed, Standing::Unlisted) => plain(Verdict::Passed, ""),
        (Ending::Failed { steps }, Standing::Unlisted) => plain(Verdict::Failed, &first_message(steps)),
        (Ending::Passed | Ending::Failed { .. }, Standing::Expired(entry)) => {
            listed(Verdict::Failed, entry, format!("its xfail entry expired after {}", entry.expires))
        }
        (Ending::Passed, Standing::Live(entry)) => {
            listed(Verdict::Xpassed, entry, "passes now: remove the entry from replays/xfail.yaml".into())
        }
        (Ending::Failed { steps }, Standing::Live(entry)) => {
            match steps.iter().find(|failed| !entry.expects(failed)) {
                None => listed(Verdict::Xfailed, entry, entry.reason.clone()),
                Some(other) => listed(Verdict::Failed, entry, elsewhere(entry, other)),
            }
        }
    }
}

fn elsewhere(entry: &Entry, failed: &FailedStep) -> String {
    if failed.step.name == entry.expected_step {
        format!("failed at `{}` as listed, but without the text `{}`", failed.step, entry.expected_text)
    } else {
        format!("failed at `{}`, the list expects `{}`", failed.step, entry.expected_step)
    }
}

fn first_message(steps: &[FailedStep]) -> String {
    steps.first().map(|s| format!("{}: {}", s.step, s.failure.message)).unwrap_or_default()
}

fn plain(verdict: Verdict, because: &str) -> Judgement {
    Judgement { verdict, because: because.to_owned(), issue: None }
}

fn listed(verdict: Verdict, entry: &Entry, because: String) -> Judgement {
    Judgement { verdict, because, issue: Some(entry.issue.clone()) }
}

/// Something wrong with the list itself; each one turns the suite red.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Problem {
    /// The entry names nothing.
    #[error("`{0}` is not a replay: the entry watches nothing")]
    UnknownReplay(String),
    /// The entry names a replay that may never be listed.
    #[error("`{0}` may never be an expected failure: fix it, or take the gate down knowingly")]
    NeverListed(String),
    /// Two entries name the same replay.
    #[error("`{0}` is listed twice")]
    Twice(String),
    /// A required text is blank.
    #[error("the entry of `{replay}` leaves `{field}` blank")]
    Blank {
        /// The entry.
        replay: String,
        /// The field.
        field: &'static str,
    },
    /// The issue is not a reference.
    #[error("the entry of `{replay}` names the issue `{issue}`, which is not of the form `#123`")]
    NotAnIssue {
        /// The entry.
        replay: String,
        /// The text in its place.
        issue: String,
    },
    /// The dates do not fit together.
    #[error("the entry of `{0}` expires before it begins")]
    ExpiresFirst(String),
    /// The entry has expired.
    #[error("the entry of `{replay}` expired after {day}")]
    Expired {
        /// The entry.
        replay: String,
        /// Its last day.
        day: Day,
    },
}

impl XfailList {
    /// What the list says about a case on this day. An entry that may never be listed is not applied.
    #[must_use]
    pub fn standing(&self, case: &CaseId, today: NaiveDate) -> Standing<'_> {
        let entry = self.xfail.iter().find(|e| e.names(case) && !is_never_listed(e));
        match entry {
            None => Standing::Unlisted,
            Some(entry) if Day(today) > entry.expires => Standing::Expired(entry),
            Some(entry) => Standing::Live(entry),
        }
    }

    /// Everything wrong with the list, given the cases that exist, each with the place of its entry.
    #[must_use]
    pub fn problems(&self, cases: &[CaseId], today: NaiveDate) -> Vec<(Span, Problem)> {
        let mut problems = Vec::new();
        for (position, entry) in self.xfail.iter().enumerate() {
            if self.xfail[..position].iter().any(|earlier| earlier.replay == entry.replay) {
                problems.push((entry.span, Problem::Twice(entry.replay.clone())));
            }
            if !cases.iter().any(|case| entry.names(case)) {
                problems.push((entry.span, Problem::UnknownReplay(entry.replay.clone())));
            }
            problems.extend(entry_problems(entry, today).into_iter().map(|problem| (entry.span, problem)));
        }
        problems
    }
}

fn is_never_listed(entry: &Entry) -> bool {
    let name = entry.replay.split("::").next().unwrap_or_default();
    NEVER_LISTED.contains(&name)
}

fn entry_problems(entry: &Entry, today: NaiveDate) -> Vec<Problem> {
    let mut problems = Vec::new();
    let replay = || entry.replay.clone();
    if is_never_listed(entry) {
        problems.push(Problem::NeverListed(replay()));
    }
    let texts = [
        ("reason", entry.reason.as_str()),
        ("owner", &entry.owner),
        ("expected_step", &entry.expected_step),
        ("expected_text", &entry.expected_text),
        ("unxfail_when", entry.unxfail_when.first().map_or("", String::as_str)),
    ];
    for (field, _) in texts.into_iter().filter(|(_, text)| text.trim().is_empty()) {
        problems.push(Problem::Blank { replay: replay(), field });
    }
    let number = entry.issue.strip_prefix('#').unwrap_or_default();
    if number.is_empty() || !number.bytes().all(|b| b.is_ascii_digit()) {
        problems.push(Problem::NotAnIssue { replay: replay(), issue: entry.issue.clone() });
    }
    if entry.expires < entry.since {
        problems.push(Problem::ExpiresFirst(replay()));
    }
    if Day(today) > entry.expires {
        problems.push(Problem::Expired { replay: replay(), day: entry.expires });
    }
    problems
}

#[cfg(test)]
mod tests;
