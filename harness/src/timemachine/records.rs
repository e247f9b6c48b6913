//! A log folded into cases and their steps.

use std::collections::HashMap;

use harness_model::event::{Exchange, Failure, Judged, ReplayFinished, RunEvent, Stamped, StepRef};
use harness_model::verdict::{CaseId, Summary};

use super::today::is_masked;

/// A run as its log tells it.
#[derive(Debug, Default)]
pub struct RunRecord {
    /// Its cases in the order they began.
    pub cases: Vec<CaseRecord>,
    /// Its counts; absent when it was cut off.
    pub summary: Option<Summary>,
    index: HashMap<CaseId, usize>,
}

/// A case as the log tells it.
#[derive(Debug)]
pub struct CaseRecord {
    /// Its name.
    pub id: CaseId,
    /// The position of its first event in the log.
    pub started_at: Option<usize>,
    /// Its steps in the order they began.
    pub steps: Vec<StepRecord>,
    /// Its last event.
    pub finished: Option<ReplayFinished>,
    /// The position of that event in the log.
    pub finished_at: usize,
}

/// A step as the log tells it.
#[derive(Debug)]
pub struct StepRecord {
    /// The step.
    pub step: StepRef,
    /// The last exchange.
    pub exchange: Option<Exchange>,
    /// By what it was judged.
    pub judged: Option<Judged>,
    /// How it ended.
    pub end: End,
    /// The positions of its events in the log.
    pub events: Vec<usize>,
}

/// How a step ended.
#[derive(Debug, Clone, PartialEq)]
pub enum End {
    /// The log breaks off before.
    Open,
    /// Everything held; so many checks.
    Passed(u32),
    /// Something did not hold.
    Failed(Box<Failure>),
    /// It could not be judged.
    Broken(Box<Failure>),
}

impl End {
    /// Why the step is not green.
    #[must_use]
    pub fn failure(&self) -> Option<&Failure> {
        match self {
            End::Open | End::Passed(_) => None,
            End::Failed(failure) | End::Broken(failure) => Some(failure),
        }
    }
}

impl CaseRecord {
    fn new(id: CaseId) -> Self {
        CaseRecord { id, started_at: None, steps: Vec::new(), finished: None, finished_at: 0 }
    }

    /// Whether the replay ran to the end of its steps.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.steps.iter().all(|step| matches!(step.end, End::Passed(_)))
    }

    /// The open record of a step; parallel branches tell their events in turns.
    fn open(&mut self, step: &StepRef, at: usize) -> &mut StepRecord {
        let open = |is_it: &dyn Fn(&StepRef) -> bool| {
            self.steps.iter().rposition(|known| known.end == End::Open && is_it(&known.step))
        };
        let open = open(&|known| known == step).or_else(|| open(&|known| was(known, step)));
        let position = open.unwrap_or_else(|| {
            let (step, events) = (step.clone(), Vec::new());
            self.steps.push(StepRecord { step, exchange: None, judged: None, end: End::Open, events });
            self.steps.len() - 1
        });
        let record = &mut self.steps[position];
        record.events.push(at);
        record
    }
}

impl RunRecord {
    /// Folds a log.
    #[must_use]
    pub fn of(events: &[Stamped]) -> Self {
        let mut record = RunRecord::default();
        for (at, stamped) in events.iter().enumerate() {
            record.event(at, &stamped.event);
        }
        record
    }

    fn event(&mut self, at: usize, event: &RunEvent) {
        match event {
            RunEvent::ReplayStarted(started) => {
                self.case(&started.case).started_at = Some(at);
            }
            RunEvent::StepStarted { case, step } => drop(self.case(case).open(step, at)),
            RunEvent::ExchangeRecorded { case, step, exchange, .. } => {
                self.case(case).open(step, at).exchange = Some(exchange.as_ref().clone());
            }
            RunEvent::StepJudged { case, step, judged } => {
                self.case(case).open(step, at).judged = Some(judged.as_ref().clone());
            }
            RunEvent::StepPassed { case, step, checks, .. } => {
                self.case(case).open(step, at).end = End::Passed(*checks);
            }
            RunEvent::StepFailed { case, step, failure, .. } => {
                self.case(case).open(step, at).end = End::Failed(failure.clone());
            }
            RunEvent::StepBroken { case, step, failure, .. } => {
                self.case(case).open(step, at).end = End::Broken(failure.clone());
            }
            RunEvent::ReplayFinished(finished) => {
                let case = self.case(&finished.case);
                case.finished = Some(finished.clone());
                case.finished_at = at;
            }
            RunEvent::RunFinished { summary, .. } => self.summary = Some(summary.clone()),
            // What the worlds did is of no use to a judge.
            _ => {}
        }
    }

    fn case(&mut self, id: &CaseId) -> &mut CaseRecord {
        let position = *self.index.entry(id.clone()).or_insert_with(|| {
            self.cases.push(CaseRecord::new(id.clone()));
            self.cases.len() - 1
        });
        &mut self.cases[position]
    }
}

/// Whether a step was called so before the run knew a secret of its own: what it is called later is masked.
fn was(before: &StepRef, now: &StepRef) -> bool {
    let labels = before.inside.iter().zip(&now.inside);
    (before.phase, before.index, before.inside.len()) == (now.phase, now.index, now.inside.len())
        && is_masked(&before.name, &now.name)
        && labels.into_iter().all(|(before, now)| is_masked(before, now))
}

#[cfg(test)]
mod tests {
    use harness_model::event::Phase;

    use super::*;

    #[test]
    fn a_step_stays_the_same_when_a_word_of_its_row_becomes_a_secret() {
        let row = |label: &str| {
            let (phase, index, name) = (Phase::Steps, 4, "nobody gets in".to_owned());
            StepRef { phase, index, name, inside: vec![label.to_owned()] }
        };
        let case = CaseId("replay::a::x".into());
        let events = [
            RunEvent::StepStarted { case: case.clone(), step: row("cookie=member") },
            RunEvent::StepPassed { case, step: row("cookie=[secret cookie]"), took_ms: 1, checks: 1 },
        ];
        let events = events.map(|event| Stamped { at_ms: 0, event });
        let record = RunRecord::of(&events);
        assert_eq!(record.cases[0].steps.len(), 1);
        assert!(record.cases[0].is_whole());
    }
}
