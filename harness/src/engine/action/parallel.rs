//! `parallel`: branches that start together and all run to their end.

use futures_util::future::join_all;
use harness_model::replay::action::Parallel;

use crate::engine::observed::Observed;
use crate::engine::scope::Scope;
use crate::engine::step::{self, Flow};
use crate::engine::trouble::Trouble;

pub(in crate::engine) async fn run(
    parallel: &Parallel,
    scope: &mut Scope<'_>,
) -> Result<(Flow, Observed), Trouble> {
    let mut branches: Vec<_> =
        parallel.branches.iter().map(|(name, steps)| (scope.inner(name), steps)).collect();
    // Polled in turn by one task, so every branch has sent its first request before any answer is handled.
    let flows = join_all(branches.iter_mut().map(|(inner, steps)| step::run_all(steps, inner))).await;
    for (inner, _) in branches {
        scope.adopt(inner);
    }
    let flow = flows.into_iter().fold(Flow::GoOn, Flow::and);
    Ok((flow, Observed::nothing()))
}
