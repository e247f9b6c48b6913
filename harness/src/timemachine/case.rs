//! One case again: each recorded step by the step of today's file that it belongs to.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use harness_model::event::{Bound, Exchange, Failure, Judged, Phase, StepRef};
use harness_model::replay::Step;
use harness_model::verdict::FailedStep;

use super::records::{CaseRecord, End, StepRecord};
use super::today::{Known, Today};
use crate::engine::again::{Again, captured, judge_again};
use crate::engine::{INSIDE, source_at};
use crate::runner::load::Ready;

/// A case, judged again.
#[derive(Default)]
pub(super) struct CaseAgain {
    /// How each judged record ends today, by its place in the list of records; none for one left out.
    pub(super) ends: HashMap<usize, Option<End>>,
    pub(super) failed: Vec<FailedStep>,
    pub(super) broken: Option<FailedStep>,
    pub(super) held: u32,
    pub(super) missed: u32,
    pub(super) sealed: u32,
    pub(super) notes: Vec<String>,
    /// Names and values that steps so far asked for or captured.
    names: Bound,
}

impl CaseAgain {
    /// Whether nothing is wrong with it.
    pub(super) fn is_green(&self) -> bool {
        self.failed.is_empty() && self.broken.is_none()
    }

    /// Its file cannot be read today.
    pub(super) fn unreadable(&mut self, findings: String) {
        let step =
            StepRef { phase: Phase::Steps, index: 0, name: "read the file".to_owned(), inside: Vec::new() };
        self.failed.push(FailedStep { step, failure: Failure::new(findings) });
        self.missed = 1;
    }

    /// Judges its steps by today's file.
    pub(super) fn steps(&mut self, record: &CaseRecord, ready: &Ready, root: &Path) {
        let today = Today::of(ready);
        let mut seen: HashSet<*const Step> = HashSet::new();
        let mut stopped_at: Option<(Phase, u32)> = None;
        for (at, step) in record.steps.iter().enumerate() {
            let known = today.find(&step.step);
            seen.extend(known.map(|known| std::ptr::from_ref(known.step)));
            if stopped_at.is_some_and(|place| is_behind(step, place)) {
                self.ends.insert(at, None);
                continue;
            }
            let end = self.step(step, known, ready, root);
            if let End::Failed(failure) | End::Broken(failure) = &end {
                let failed = FailedStep { step: step.step.clone(), failure: (**failure).clone() };
                if matches!(end, End::Broken(_)) {
                    self.broken.get_or_insert(failed);
                } else if failure.message != INSIDE {
                    self.failed.push(failed);
                }
                if step.step.phase != Phase::Finally {
                    stopped_at.get_or_insert((step.step.phase, step.step.index));
                }
            }
            self.ends.insert(at, Some(end));
        }
        if record.is_whole() && stopped_at.is_none() {
            let new = today.steps().filter(|known| !seen.contains(&std::ptr::from_ref(known.step)));
            self.notes.extend(new.map(|known| {
                let (file, line) = (known.source.path(), known.step.span.line);
                format!("{file}:{line}: step `{}` is new: there is no record of it", known.step.label())
            }));
        }
    }

    fn step(&mut self, record: &StepRecord, known: Option<&Known<'_>>, ready: &Ready, root: &Path) -> End {
        let Some(judged) = &record.judged else { return self.unjudged(record) };
        let Some(known) = known else {
            let file = ready.source.path();
            self.notes.push(format!("{file}: step `{}` is gone: its record is left out", record.step.name));
            return End::Passed(0);
        };
        // A service died, or the harness erred: nothing that a matcher could change.
        if let End::Broken(failure) = &record.end
            && failure.mismatches.is_empty()
            && failure.waited.is_none()
        {
            return record.end.clone();
        }
        let held_then = record.end.failure().is_none();
        let today = (ready.topology.always.as_slice(), root);
        let again = judge_again(known.step, known.source, judged, &self.names, held_then, today);
        self.learn(known.step, judged);
        match again {
            Ok(Again::AsRecorded) => {
                self.sealed += 1;
                self.as_recorded(record)
            }
            Ok(Again::Held(held)) => {
                self.sealed += u32::from(!judged.sealed.is_empty());
                self.held += held;
                End::Passed(held)
            }
            Ok(Again::Missed { mismatches, held, missed }) => {
                (self.held, self.missed) = (self.held + held, self.missed + missed);
                let message = match mismatches.as_slice() {
                    [only] => only.to_string(),
                    all => format!("{} checks did not hold", all.len()),
                };
                let failure = Failure { message, mismatches, ..evidence(record, known) };
                match record.step.phase {
                    Phase::Given => End::Broken(Box::new(failure)),
                    Phase::Steps | Phase::Finally => End::Failed(Box::new(failure)),
                }
            }
            Err(error) => {
                let help = "run the replay: what this step asks for today was not asked for then";
                let failure = Failure {
                    help: Some(help.to_owned()),
                    ..Failure { message: error.to_string(), ..evidence(record, known) }
                };
                End::Broken(Box::new(failure))
            }
        }
    }

    /// Keeps what a step asked for and what it captures; values that a generator made are its own.
    fn learn(&mut self, step: &Step, judged: &Judged) {
        let asked = judged.bound.0.iter().filter(|(name, _)| !name.ends_with("()"));
        self.names.0.extend(asked.map(|(name, value)| (name.clone(), value.clone())));
        let facets = judged.tree();
        for capture in &step.capture.0 {
            let value = captured(step, capture, &facets);
            self.names.0.extend(value.map(|value| (capture.name.clone(), value)));
        }
    }

    /// A record without a judgement: it never came to one, or it is a check of the world at its end.
    fn unjudged(&mut self, record: &StepRecord) -> End {
        let inside_is_green = || {
            let same = |failed: &FailedStep| {
                failed.step.phase == record.step.phase && failed.step.index == record.step.index
            };
            !self.failed.iter().any(same) && self.broken.is_none()
        };
        match &record.end {
            End::Failed(failure) if failure.message == INSIDE && inside_is_green() => End::Passed(0),
            _ => self.as_recorded(record),
        }
    }

    fn as_recorded(&mut self, record: &StepRecord) -> End {
        match &record.end {
            End::Passed(checks) => self.held += checks,
            End::Failed(failure) if failure.message != INSIDE => self.missed += 1,
            End::Failed(_) | End::Broken(_) | End::Open => {}
        }
        record.end.clone()
    }
}

/// Whether a step would not have run, had its replay stopped at this place. Rows and branches of the same
/// top-level step all run.
fn is_behind(step: &StepRecord, (phase, index): (Phase, u32)) -> bool {
    match (phase, step.step.phase) {
        (_, Phase::Finally) => false,
        (Phase::Given, Phase::Steps) => true,
        (stopped, own) => stopped == own && step.step.index > index,
    }
}

/// What the log knows of the step for a reader: its place today, the exchange, what others saw then.
fn evidence(record: &StepRecord, known: &Known<'_>) -> Failure {
    let then = record.end.failure().cloned().unwrap_or_default();
    let (request, response) = match &record.exchange {
        Some(Exchange::Http { request, response, .. }) => (Some(request.clone()), response.clone()),
        _ => (None, None),
    };
    Failure {
        at: source_at(known.source, known.step.span),
        request,
        response,
        mismatches: Vec::new(),
        help: None,
        ..then
    }
}
