//! Makes all trials, several at once, and tells each as it ends.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

use harness_model::event::Failure;
use harness_model::verdict::{CaseId, Exit, Missing, Verdict};

use super::plan::{Plan, Trial};
use super::weigh::{BOOT, Proof, Ran, weigh};
use crate::runner::in_world::{self, trouble};
use crate::runner::schedule::{self, Lost};
use crate::runner::suite::Suite;

/// How many trials run at once while nobody knows better.
const TRIALS_AT_ONCE: usize = 4;

/// A trial that is over.
#[derive(Debug)]
pub struct Told {
    /// What was tried.
    pub trial: Trial,
    /// What it showed.
    pub shown: Shown,
    /// How long it took, its world included.
    pub took_ms: u64,
}

/// What a trial showed.
#[derive(Debug)]
pub enum Shown {
    /// The run without any bug, and why it is not green when it is not.
    Without(Verdict, String),
    /// The run with a bug.
    With(Proof),
}

/// What all trials showed together.
#[derive(Debug, Default)]
pub struct Proven {
    /// Bugs that were brought back and seen at their step.
    pub proven: usize,
    /// Bugs that there are.
    pub bugs: usize,
    /// Bugs that could not be tried here, each with what is missing.
    pub not_here: Vec<(CaseId, Vec<Missing>)>,
    /// Whether a replay did not see its bug, saw it elsewhere, has none, or is red without.
    pub red: bool,
    /// Whether a world gave way.
    pub broken: bool,
    /// What was left behind.
    pub leftovers: Vec<String>,
}

impl Proven {
    /// The exit code, as of a run.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self { red: true, .. } => Exit::Red,
            Self { broken: true, .. } => Exit::Broken,
            Self { leftovers, .. } if !leftovers.is_empty() => Exit::Leftovers,
            _ => Exit::Green,
        }
    }
}

/// Makes all trials and takes every world down, also after an interrupt.
pub async fn run(suite: &Arc<Suite>, plan: Plan, jobs: Option<usize>, mut tell: impl FnMut(&Told)) -> Proven {
    let mut sum = Proven { bugs: plan.bugs(), ..Proven::default() };
    sum.red = !plan.unwitnessed.is_empty() || !plan.unreadable.is_empty();
    announce(suite, &plan).await;
    let limit = || {
        let possible = suite.stages.concurrency().unwrap_or(TRIALS_AT_ONCE);
        jobs.map_or(possible, |jobs| jobs.min(possible))
    };
    let job = |trial: Trial| {
        let suite = Arc::clone(suite);
        async move {
            let begun = Instant::now();
            let shown = make(&suite, &trial).await;
            (shown, u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX))
        }
    };
    let mut all = Vec::new();
    let done = |trial: Trial, result: Result<(Shown, u64), Lost>| {
        let (shown, took_ms) = result.unwrap_or_else(|lost| (not_made(&trial, lost), 0));
        let told = Told { trial, shown, took_ms };
        tell(&told);
        all.push(told);
    };
    schedule::run_all(plan.trials, limit, &suite.stop, job, done).await;
    count(&mut sum, &all);
    sum.leftovers = suite.stages.close().await;
    sum
}

/// Tells the pools which worlds are wanted; one that must not come up is not made twice.
async fn announce(suite: &Suite, plan: &Plan) {
    for trial in &plan.trials {
        if trial.witness().is_some_and(|witness| witness.red_at == BOOT) || suite.stop.is_cancelled() {
            continue;
        }
        if let Some(opened) = in_world::opened(suite, &trial.ready).await {
            opened.pool.announce([in_world::spec_with(&trial.ready, trial.twist())]);
        }
    }
}

async fn make(suite: &Suite, trial: &Trial) -> Shown {
    let Some(witness) = trial.witness() else {
        let finished = suite.judge(&trial.case).await;
        return Shown::Without(finished.verdict, finished.because);
    };
    let with_bug = in_world::twisted(suite, &trial.ready, trial.twist());
    let ran = tokio::select! {
        ran = with_bug => ran,
        () = suite.stop.cancelled() => return interrupted(),
    };
    let ran = match ran {
        Ok(outcome) => Ran::Judged(outcome),
        Err(error) if error.is_unready() => Ran::NotUp(trouble::failure(&error)),
        Err(error) => Ran::NotTried(trouble::failure(&error)),
    };
    Shown::With(weigh(witness, &trial.ready.replay, ran))
}

fn not_made(trial: &Trial, lost: Lost) -> Shown {
    let why = match lost {
        Lost::Interrupted => return interrupted(),
        Lost::Panicked(text) => format!("the harness panicked: {text}"),
    };
    match trial.witness {
        Some(_) => broke(&why),
        None => Shown::Without(Verdict::Broken, why),
    }
}

fn interrupted() -> Shown {
    broke("interrupted before it was judged")
}

fn broke(why: &str) -> Shown {
    Shown::With(Proof::BrokeTheWorld { step: None, failure: Box::new(Failure::new(why)) })
}

/// A bug that is seen proves nothing when the replay is red without it, too.
fn count(sum: &mut Proven, all: &[Told]) {
    let mut red_without = BTreeSet::new();
    for told in all {
        let Shown::Without(verdict, _) = &told.shown else { continue };
        match verdict {
            Verdict::Passed | Verdict::Skipped => continue,
            Verdict::Broken => sum.broken = true,
            Verdict::Failed | Verdict::Xfailed | Verdict::Xpassed => sum.red = true,
        }
        red_without.insert(&told.trial.case.id);
    }
    for told in all {
        let Shown::With(proof) = &told.shown else { continue };
        match proof {
            Proof::Proven if red_without.contains(&told.trial.case.id) => {}
            Proof::Proven => sum.proven += 1,
            Proof::StayedGreen | Proof::Elsewhere { .. } => sum.red = true,
            Proof::BrokeTheWorld { .. } => sum.broken = true,
            Proof::NotHere(missing) => sum.not_here.push((told.trial.case.id.clone(), missing.clone())),
        }
    }
}
