//! A run's events told again with other endings.

use std::collections::{HashMap, HashSet};

use harness_model::event::{ReplayFinished, RunEvent, Stamped};
use harness_model::verdict::{CaseId, Summary};

use super::records::{CaseRecord, End};

/// What is told otherwise.
#[derive(Default)]
pub(super) struct Retold {
    left_out: HashSet<usize>,
    cases_left_out: HashSet<CaseId>,
    ends: HashMap<usize, End>,
    finished: HashMap<usize, ReplayFinished>,
    notes: Vec<String>,
}

impl Retold {
    /// Says something that the log does not.
    pub(super) fn note(&mut self, text: String) {
        self.notes.push(text);
    }

    /// Leaves a whole case out.
    pub(super) fn leave_out(&mut self, case: &CaseRecord) {
        self.cases_left_out.insert(case.id.clone());
        self.left_out.extend(case.steps.iter().flat_map(|step| step.events.iter().copied()));
        self.left_out.extend(case.started_at);
        self.left_out.extend(case.finished.as_ref().map(|_| case.finished_at));
    }

    /// Tells a case with other endings of its steps; a step without one did not run.
    pub(super) fn case(
        &mut self,
        case: &CaseRecord,
        ends: HashMap<usize, Option<End>>,
        finished: ReplayFinished,
    ) {
        for (position, end) in ends {
            let Some(step) = case.steps.get(position) else { continue };
            match (end, step.events.last()) {
                (Some(end), Some(last)) => drop(self.ends.insert(*last, end)),
                (None, _) => self.left_out.extend(step.events.iter().copied()),
                (Some(_), None) => {}
            }
        }
        self.finished.insert(case.finished_at, finished);
    }
}

/// The events with the new endings.
pub(super) fn retell(events: &[Stamped], mut retold: Retold, summary: &Summary) -> Vec<Stamped> {
    let mut told = Vec::with_capacity(events.len());
    for (at, stamped) in events.iter().enumerate().filter(|(at, _)| !retold.left_out.contains(at)) {
        let at_ms = stamped.at_ms;
        let event = match &stamped.event {
            RunEvent::RunFinished { .. } | RunEvent::Progress { .. } => continue,
            RunEvent::WorldTaken { case, .. } | RunEvent::ServicesLogged { case, .. }
                if retold.cases_left_out.contains(case) =>
            {
                continue;
            }
            RunEvent::RunStarted(started) => {
                let mut started = started.clone();
                started.cases.retain(|case| !retold.cases_left_out.contains(case));
                RunEvent::RunStarted(started)
            }
            RunEvent::ReplayFinished(then) => {
                let now = retold.finished.remove(&at).unwrap_or_else(|| then.clone());
                RunEvent::ReplayFinished(now)
            }
            event => retold.ends.remove(&at).map_or_else(|| event.clone(), |end| ended(event, end)),
        };
        told.push(Stamped { at_ms, event });
    }
    let last_ms = events.last().map_or(0, |stamped| stamped.at_ms);
    let notes = retold.notes.into_iter().map(|text| RunEvent::Note { text });
    let end = RunEvent::RunFinished { took_ms: last_ms, summary: summary.clone() };
    told.extend(notes.chain([end]).map(|event| Stamped { at_ms: last_ms, event }));
    told
}

/// The last event of a step with another ending.
fn ended(event: &RunEvent, end: End) -> RunEvent {
    let (RunEvent::StepPassed { case, step, took_ms, .. }
    | RunEvent::StepFailed { case, step, took_ms, .. }
    | RunEvent::StepBroken { case, step, took_ms, .. }) = event
    else {
        return event.clone();
    };
    let (case, step, took_ms) = (case.clone(), step.clone(), *took_ms);
    match end {
        End::Open => event.clone(),
        End::Passed(checks) => RunEvent::StepPassed { case, step, took_ms, checks },
        End::Failed(failure) => RunEvent::StepFailed { case, step, took_ms, failure },
        End::Broken(failure) => RunEvent::StepBroken { case, step, took_ms, failure },
    }
}
