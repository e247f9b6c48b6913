//! Whole runs of this project: how long they take, and how many verdicts a minute a proof gives.

use super::super::sample::{self, Samples};
use super::super::{BenchError, Peer, Plan};
use super::Figures;
use super::files::program;
use crate::prove;
use crate::report::log;
use crate::runner::load::Loader;
use crate::runner::{discover, runs};

/// Verdicts that a figure is for: the budget is a million a minute.
const VERDICTS: u32 = 10_000;

pub(super) async fn suite(plan: &Plan) -> Figures {
    let ours = || program(plan, &["run"]);
    Ok((sample::alone(plan.rounds, ours).await?, Peer::None("the peers know no worlds")))
}

/// A run that is over is proven again and again; the time is told for a fixed number of verdicts.
pub(super) async fn verdicts(plan: &Plan) -> Figures {
    program(plan, &["run"]).await?;
    let last = runs::find(&plan.project, "last").map_err(BenchError::io("find the last run"))?;
    let last = last.ok_or_else(|| BenchError::red("harness run", "it left no log".to_owned()))?;
    let events = log::read(&last).map_err(BenchError::io("read the last run"))?;
    let cases = discover::cases(&plan.project).map_err(BenchError::io("read the project's folders"))?;
    let mut times = Samples::default();
    for round in 0..=plan.rounds {
        let proof = prove::prove(&events, &Loader::new(plan.project.clone()), &cases, &|_| true);
        let judged = u32::try_from(proof.suite().judged()).unwrap_or(u32::MAX);
        if judged == 0 {
            return Err(BenchError::red("harness prove", "the run holds nothing to prove".to_owned()));
        }
        if round > 0 {
            times.push(proof.took * VERDICTS / judged);
        }
    }
    Ok((times, Peer::None("no peer judges recorded answers")))
}
