//! Every verdict of a run again, from its log and today's files.
//!
//! A step that holds no more ends its replay, as it would have in a run; steps behind it are left out.
//! What cannot be judged from a log is taken as it was recorded: goldens, programs that died, closing checks
//! of the world, and checks that rest on a secret.

use std::collections::HashSet;

use chrono::NaiveDate;
use harness_model::event::{ReplayFinished, Stamped};
use harness_model::verdict::{CaseId, Ending, Named, Summary, Verdict};
use harness_model::xfail::{self, XfailList};

use super::case::CaseAgain;
use super::records::{CaseRecord, RunRecord};
use super::retell::{Retold, retell};
use crate::runner::case::Case;
use crate::runner::load::{Loaded, Loader};

/// What verdicts are judged by today.
pub struct Bench<'b> {
    /// Today's files.
    pub loader: &'b Loader,
    /// Today's cases.
    pub cases: Vec<Case>,
    /// Today's expected failures.
    pub xfail: XfailList,
    /// The day on which entries are judged.
    pub today: NaiveDate,
}

/// A run, judged again.
#[derive(Debug, Default)]
pub struct Rejudged {
    /// The run's events with today's verdicts.
    pub events: Vec<Stamped>,
    /// Its counts.
    pub summary: Summary,
    /// Verdicts that are not the recorded ones.
    pub changes: Vec<Change>,
}

/// A verdict that changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The case.
    pub case: CaseId,
    /// Its recorded verdict.
    pub then: Verdict,
    /// Its verdict today.
    pub now: Verdict,
}

impl Bench<'_> {
    /// Judges a run again.
    #[must_use]
    pub fn judge(&self, events: &[Stamped], wanted: &dyn Fn(&CaseId) -> bool) -> Rejudged {
        let record = RunRecord::of(events);
        let mut retold = Retold::default();
        let mut rejudged = Rejudged::default();
        let mut told = HashSet::new();
        for case in &record.cases {
            if !wanted(&case.id) {
                retold.leave_out(case);
                continue;
            }
            let Some(finished) = &case.finished else {
                retold.note(format!("{}: the log breaks off before its verdict", case.id));
                continue;
            };
            let again = self.case(case);
            // Rows of one file have the same news; one of them tells it.
            let notes = again.notes.iter().filter(|note| told.insert((*note).clone()));
            notes.for_each(|note| retold.note(note.clone()));
            let now = self.verdict(case, finished, &again);
            if now.verdict != finished.verdict {
                let (case, then) = (case.id.clone(), finished.verdict);
                rejudged.changes.push(Change { case, then, now: now.verdict });
            }
            let (case_id, verdict, issue) = (now.case.clone(), now.verdict, now.issue.clone());
            let because = now.because.clone();
            rejudged.summary.count(Named { case: case_id, verdict, issue, because });
            retold.case(case, again.ends, now);
        }
        if let Some(then) = record.summary {
            rejudged.summary.missing = then.missing;
            rejudged.summary.unhealthy = then.unhealthy;
        }
        rejudged.events = retell(events, retold, &rejudged.summary);
        rejudged
    }

    fn case(&self, record: &CaseRecord) -> CaseAgain {
        let mut again = CaseAgain::default();
        match self.cases.iter().find(|case| case.id == record.id).map(|case| self.loader.load(case)) {
            None => again.notes.push(format!("{}: the project has no such case any more", record.id)),
            Some(Loaded::Golden { .. }) => {}
            Some(Loaded::Wrong(findings)) => again.unreadable(findings),
            Some(Loaded::Replay(ready)) => {
                let root = self.loader.project().root();
                again.steps(record, &ready, root);
                return again;
            }
        }
        again
    }

    /// Today's verdict of a case.
    fn verdict(&self, record: &CaseRecord, then: &ReplayFinished, again: &CaseAgain) -> ReplayFinished {
        let red_step = record.steps.iter().any(|step| step.end.failure().is_some());
        let explained = red_step || matches!(then.verdict, Verdict::Passed | Verdict::Xpassed);
        let untouched = again.ends.is_empty() && again.failed.is_empty();
        if untouched || then.verdict == Verdict::Skipped || (!explained && again.is_green()) {
            return then.clone();
        }
        let ending = match &again.broken {
            Some(broken) if again.failed.is_empty() => {
                Ending::Broken { step: Some(broken.step.clone()), failure: Box::new(broken.failure.clone()) }
            }
            _ if again.failed.is_empty() => Ending::Passed,
            _ => Ending::Failed { steps: again.failed.clone() },
        };
        let judgement = xfail::judge(&ending, self.xfail.standing(&record.id, self.today));
        let partly = (again.is_green() && !record.is_whole())
            .then(|| "as far as the recorded run went: it stopped at a step that holds today".to_owned());
        let sealed = (again.sealed > 0).then(|| {
            format!("{} steps rest on what a log does not hold: that counts as recorded", again.sealed)
        });
        let because: Vec<_> = std::iter::once(judgement.because)
            .chain(partly)
            .chain(sealed)
            .filter(|part| !part.is_empty())
            .collect();
        ReplayFinished {
            verdict: judgement.verdict,
            because: because.join("; "),
            issue: judgement.issue,
            checks_passed: again.held,
            checks_failed: again.missed,
            reproduce: format!("cargo harness judge last --exact '{}'", record.id),
            ..then.clone()
        }
    }
}
