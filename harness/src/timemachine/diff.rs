//! What is different between two runs, case by case.
//!
//! Two runs never say the same word for word: ids, ports and times are new every time. Texts are compared
//! without them ([`steady`]).

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use harness_model::verdict::{CaseId, Missing, Verdict};
use regex::Regex;

use crate::report::view::{CaseView, RunView};

/// What is different between two runs.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Diff {
    /// What is different about the runs as a whole, in sentences.
    pub run: Vec<String>,
    /// Cases that are different, by kind and then in the order of the later run.
    pub cases: Vec<Change>,
    /// How many cases either run has.
    pub of_all: usize,
}

/// A case that is different.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The case.
    pub case: CaseId,
    /// In what way.
    pub kind: Kind,
    /// Its verdict in the earlier run; none when it was not in it, or was cut off there.
    pub then: Option<Verdict>,
    /// Its verdict in the later one.
    pub now: Option<Verdict>,
    /// Why it was not simply passed in the earlier run.
    pub then_because: Option<String>,
    /// Why it was not simply passed in the later run.
    pub now_because: Option<String>,
}

/// In what way a case is different; the most urgent first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// It was green and is red.
    NewlyRed,
    /// One of the runs was cut off before the case had a verdict.
    NoVerdict,
    /// It was red and is green.
    NewlyGreen,
    /// Another verdict of the same colour.
    OtherVerdict,
    /// The same verdict, at another step or with another text.
    OtherFailure,
    /// The earlier run does not have it.
    Added,
    /// The later run does not have it.
    Gone,
    /// One of two backends skips it for a capability that it declares missing; the other one has it green.
    NotThere,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Kind; 8] = [
        Kind::NewlyRed,
        Kind::NoVerdict,
        Kind::NewlyGreen,
        Kind::OtherVerdict,
        Kind::OtherFailure,
        Kind::Added,
        Kind::Gone,
        Kind::NotThere,
    ];

    /// The words that a line begins with.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Kind::NewlyRed => "newly red",
            Kind::NoVerdict => "no verdict",
            Kind::NewlyGreen => "newly green",
            Kind::OtherVerdict => "other verdict",
            Kind::OtherFailure => "other failure",
            Kind::Added => "added",
            Kind::Gone => "gone",
            Kind::NotThere => "not there",
        }
    }

    /// Whether it is about what the verdict list says, as opposed to why.
    #[must_use]
    pub fn is_about_verdicts(self) -> bool {
        self != Kind::OtherFailure
    }

    /// Whether two runs are not alike because of it.
    #[must_use]
    pub fn is_difference(self) -> bool {
        self != Kind::NotThere
    }
}

impl Change {
    /// Both verdicts, as a line shows them.
    #[must_use]
    pub fn verdicts(&self) -> String {
        let word = |verdict: Option<Verdict>| verdict.map_or("cut off", Verdict::word);
        match self.kind {
            Kind::Added => format!("{} now", word(self.now)),
            Kind::Gone => format!("{} then", word(self.then)),
            Kind::OtherFailure => format!("{} both times", word(self.now)),
            _ => format!("{} then, {} now", word(self.then), word(self.now)),
        }
    }
}

impl Diff {
    /// Compares two runs.
    #[must_use]
    pub fn of(then: &RunView, now: &RunView) -> Self {
        let before: HashMap<_, _> = then.cases.iter().map(|case| (&case.id, case)).collect();
        let after: HashSet<_> = now.cases.iter().map(|case| &case.id).collect();
        let gone: Vec<_> = then.cases.iter().filter(|case| !after.contains(&case.id)).collect();
        let both = Both { then, now };
        let changed =
            now.cases.iter().filter_map(|case| both.change(before.get(&case.id).copied(), Some(case)));
        let mut cases: Vec<_> =
            changed.chain(gone.iter().filter_map(|case| both.change(Some(case), None))).collect();
        cases.sort_by_key(|change| change.kind);
        Diff { run: both.run(), cases, of_all: now.cases.len() + gone.len() }
    }
}

/// The two runs.
#[derive(Clone, Copy)]
struct Both<'r> {
    then: &'r RunView,
    now: &'r RunView,
}

impl Both<'_> {
    fn change(self, then: Option<&CaseView>, now: Option<&CaseView>) -> Option<Change> {
        let kind = match (then, now) {
            (None, None) => return None,
            (None, Some(_)) => Kind::Added,
            (Some(_), None) => Kind::Gone,
            (Some(then), Some(now)) => self.kind(then, now)?,
        };
        let because = |case: Option<&CaseView>| case.map(why).filter(|why| !why.is_empty());
        let case = now.or(then)?.id.clone();
        let (then_because, now_because) = (because(then), because(now));
        Some(Change {
            case,
            kind,
            then: then.and_then(verdict),
            now: now.and_then(verdict),
            then_because,
            now_because,
        })
    }

    fn kind(self, then: &CaseView, now: &CaseView) -> Option<Kind> {
        let (Some(was), Some(is)) = (verdict(then), verdict(now)) else { return Some(Kind::NoVerdict) };
        if was == is {
            return (steady(&why(then)) != steady(&why(now))).then_some(Kind::OtherFailure);
        }
        if self.is_elsewhere(then, now) {
            return Some(Kind::NotThere);
        }
        Some(match (was.is_green(), is.is_green()) {
            (true, false) => Kind::NewlyRed,
            (false, true) => Kind::NewlyGreen,
            _ => Kind::OtherVerdict,
        })
    }

    /// Whether one backend cannot have the case, and says so, and the other one has it green.
    fn is_elsewhere(self, then: &CaseView, now: &CaseView) -> bool {
        let backend = |run: &RunView| run.started.as_ref().map(|started| started.backend.clone());
        let (was, is) = (verdict(then), verdict(now));
        let excused = match (was, is) {
            (Some(Verdict::Skipped), Some(other)) => other.is_green() && is_declared(self.then, then),
            (Some(other), Some(Verdict::Skipped)) => other.is_green() && is_declared(self.now, now),
            _ => false,
        };
        excused && backend(self.then) != backend(self.now)
    }

    fn run(self) -> Vec<String> {
        let mut told = Vec::new();
        let backend = |run: &RunView| run.started.as_ref().map_or("unknown", |it| &it.backend).to_owned();
        let (was, is) = (backend(self.then), backend(self.now));
        if was != is {
            told.push(format!("other backend   {was} then, {is} now"));
        }
        let capabilities = |missing: &[Missing]| -> Vec<String> {
            missing.iter().map(|missing| missing.capability.clone()).collect()
        };
        type Lines<'l> = &'l dyn Fn(&RunView) -> Vec<String>;
        let summary = |run: &RunView| run.summary.clone().unwrap_or_default();
        let lists: [(&str, Lines<'_>); 2] = [
            ("missing", &|run| capabilities(&summary(run).missing)),
            ("left over", &|run| summary(run).leftovers),
        ];
        for (word, list) in lists {
            let (was, is) = (list(self.then), list(self.now));
            told.extend(is.iter().filter(|it| !was.contains(it)).map(|it| format!("{word} now  {it}")));
            told.extend(was.iter().filter(|it| !is.contains(it)).map(|it| format!("{word} then {it}")));
        }
        told
    }
}

/// Whether a case was skipped for what its run declares missing.
fn is_declared(run: &RunView, case: &CaseView) -> bool {
    let because = case.finished.as_ref().map_or("", |finished| finished.because.as_str());
    let mut missing = run.summary.iter().flat_map(|summary| &summary.missing);
    missing.any(|Missing { capability, reason }| because.contains(&format!("{capability}: {reason}")))
}

fn verdict(case: &CaseView) -> Option<Verdict> {
    case.finished.as_ref().map(|finished| finished.verdict)
}

/// Every step that is not green with what it says; else the reason of the verdict.
fn why(case: &CaseView) -> String {
    let failures = case.failures.iter();
    let failures: Vec<_> =
        failures.map(|at| format!("at `{}`: {}", at.step, at.failure.signature())).collect();
    match (failures.is_empty(), &case.finished) {
        (true, Some(finished)) => finished.because.clone(),
        _ => failures.join("\n"),
    }
}

/// A text without what is new in every run: ids, digests, moments, durations and ports.
fn steady(text: &str) -> String {
    static NEW: LazyLock<Regex> = LazyLock::new(|| {
        let ids = r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|\b[0-9a-f]{16,}\b";
        let times = r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d[\d:.]*(Z|[+-]\d\d:?\d\d)?|\b\d+(\.\d+)? ?(µs|ms|s)\b";
        let ports = r":\d{4,5}\b";
        Regex::new(&format!("{ids}|{times}|{ports}")).expect("the pattern is a constant")
    });
    NEW.replace_all(text, "…").into_owned()
}

#[cfg(test)]
mod tests;
