//! A run folded into cases: what the reports for machines are drawn from.

use std::collections::HashMap;

use harness_model::event::{
    Failure, Promises, ReplayFinished, ReplayStarted, RunEvent, RunStarted, Stamped, StepRef,
};
use harness_model::verdict::{CaseId, Summary};

/// A run as far as its events tell.
#[derive(Debug, Default)]
pub struct RunView {
    /// How it was asked for; absent when the log has no beginning.
    pub started: Option<RunStarted>,
    /// Its cases in the order they were announced.
    pub cases: Vec<CaseView>,
    /// What the project promises; absent when it keeps no ledger.
    pub promises: Option<Promises>,
    /// Sentences for the reader.
    pub notes: Vec<String>,
    /// Worlds that did not come up.
    pub boot_failures: Vec<Failure>,
    /// Duration; absent when the run was cut off.
    pub took_ms: Option<u64>,
    /// Counts; absent when the run was cut off.
    pub summary: Option<Summary>,
    index: HashMap<CaseId, usize>,
}

/// A case as far as its events tell.
#[derive(Debug)]
pub struct CaseView {
    /// Its name.
    pub id: CaseId,
    /// Its first event; absent when it was never started.
    pub started: Option<ReplayStarted>,
    /// Steps that did not hold or could not be judged, in order.
    pub failures: Vec<FailedAt>,
    /// Its last event; absent when the run was cut off before it.
    pub finished: Option<ReplayFinished>,
}

impl CaseView {
    /// Whether it is not green; one that was cut off is not, either.
    #[must_use]
    pub fn is_red(&self) -> bool {
        self.finished.as_ref().is_none_or(|finished| !finished.verdict.is_green())
    }

    /// The word of its verdict; `cut off` when it has none.
    #[must_use]
    pub fn word(&self) -> &'static str {
        self.finished.as_ref().map_or("cut off", |finished| finished.verdict.word())
    }
}

/// A step that is not green.
#[derive(Debug)]
pub struct FailedAt {
    /// The step.
    pub step: StepRef,
    /// Why.
    pub failure: Failure,
}

impl RunView {
    /// Takes one event.
    pub fn event(&mut self, event: &RunEvent) {
        match event {
            RunEvent::RunStarted(started) => self.begin(started),
            RunEvent::LedgerOpened(promises) => self.promises = Some(promises.clone()),
            RunEvent::Note { text } => self.notes.push(text.clone()),
            RunEvent::WorldFailed { failure, .. } => self.boot_failures.push(failure.as_ref().clone()),
            RunEvent::ReplayStarted(started) => self.case(&started.case).started = Some(started.clone()),
            RunEvent::StepFailed { case, step, failure, .. }
            | RunEvent::StepBroken { case, step, failure, .. } => {
                let failed = FailedAt { step: step.clone(), failure: failure.as_ref().clone() };
                self.case(case).failures.push(failed);
            }
            RunEvent::ReplayFinished(finished) => self.case(&finished.case).finished = Some(finished.clone()),
            RunEvent::RunFinished { took_ms, summary } => {
                self.took_ms = Some(*took_ms);
                self.summary = Some(summary.clone());
            }
            RunEvent::Progress { .. }
            | RunEvent::TopologyOpened(_)
            | RunEvent::WorldTaken { .. }
            | RunEvent::ServicesLogged { .. }
            | RunEvent::WorldBooting { .. }
            | RunEvent::ServiceReady { .. }
            | RunEvent::WorldReady { .. }
            | RunEvent::WorldDown { .. }
            | RunEvent::StepStarted { .. }
            | RunEvent::ExchangeRecorded { .. }
            | RunEvent::StepJudged { .. }
            | RunEvent::StepPassed { .. } => {}
        }
    }

    /// Folds a whole log.
    pub fn of<'a>(events: impl IntoIterator<Item = &'a Stamped>) -> Self {
        let mut view = RunView::default();
        for stamped in events {
            view.event(&stamped.event);
        }
        view
    }

    fn begin(&mut self, started: &RunStarted) {
        self.started = Some(started.clone());
        for id in &started.cases {
            self.case(id);
        }
    }

    fn case(&mut self, id: &CaseId) -> &mut CaseView {
        let position = *self.index.entry(id.clone()).or_insert_with(|| {
            self.cases.push(CaseView { id: id.clone(), started: None, failures: Vec::new(), finished: None });
            self.cases.len() - 1
        });
        &mut self.cases[position]
    }
}
