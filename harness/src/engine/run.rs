//! One replay from its first name to its outcome: witness, `let`, `given`, `steps`, `finally`, closing checks.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt as _;
use harness_model::event::{Failure, Phase, RunEvent};
use harness_model::replay::Step;
use harness_model::units::Time;
use harness_model::verdict::{Ending, Outcome};
use tokio::time::timeout;

use super::closing;
use super::play::{Play, Sink};
use super::scope::Scope;
use super::session::Session;
use super::step::{self, Flow};
use super::trouble::Trouble;
use super::witness;
use crate::world::World;

/// A replay that says nothing may take this long; each step has a limit of its own, too.
const REPLAY_MAX: Duration = Duration::from_secs(15 * 60);

/// Executes a replay in a world and tells everything that happens.
///
/// `finally` and the closing checks run whatever became of the steps before them.
pub async fn run_replay(play: &Play, world: &World, sink: Sink<'_>) -> Outcome {
    let session = Session::begin(play, world, sink);
    let mut scope = Scope::new(&session);
    let limit = play.replay.timeout.map_or(REPLAY_MAX, Time::get);
    let body = AssertUnwindSafe(body(&mut scope)).catch_unwind();
    match timeout(limit, body).await {
        Ok(Ok(_)) => {}
        Ok(Err(_)) => session.broken(None, Failure::new("the harness erred")),
        Err(_) => {
            let step = scope.step_ref("the replay as a whole".to_owned());
            session.count(0, 1);
            session.failed(step, Failure::new(format!("took longer than {limit:?}")));
        }
    }
    let (_, broken_before) = session.findings();
    let last = AssertUnwindSafe(afterwards(&mut scope)).catch_unwind();
    if timeout(REPLAY_MAX, last).await.is_err() {
        session.broken(None, Failure::new(format!("`finally` took longer than {REPLAY_MAX:?}")));
    }
    let outcome = outcome(&session, broken_before.is_some());
    if !matches!(outcome.ending, Ending::Passed) {
        tell_services(&session).await;
    }
    outcome
}

/// Tells what the services wrote meanwhile: of a case that is not green a reader wants the whole story.
async fn tell_services(session: &Session<'_>) {
    let (lines, left_out) = session.began.story(session.world, &session.secrets).await;
    if !lines.is_empty() {
        session.emit(RunEvent::ServicesLogged { case: session.play.case.clone(), lines, left_out });
    }
}

/// What brought the session to its end: trouble in the body outranks a failure, a failure outranks trouble in
/// `finally`.
fn outcome(session: &Session<'_>, broken_before: bool) -> Outcome {
    let (checks_passed, checks_failed) = session.counts();
    let (steps, broken) = session.findings();
    let ending = match broken {
        Some((step, failure)) if broken_before || steps.is_empty() => {
            Ending::Broken { step, failure: Box::new(failure) }
        }
        _ if !steps.is_empty() => Ending::Failed { steps },
        _ => Ending::Passed,
    };
    Outcome { ending, checks_passed, checks_failed }
}

async fn body(scope: &mut Scope<'_>) -> Flow {
    if let Err(trouble) = prepare(scope).await {
        let mut failure = trouble.into_failure();
        failure.message = scope.session.secrets.mask(&failure.message).into_owned();
        scope.session.broken(None, failure);
        return Flow::Stop;
    }
    let replay = &scope.session.play.replay;
    match in_order(&replay.given, Phase::Given, scope).await {
        Flow::GoOn => in_order(&replay.steps, Phase::Steps, scope).await,
        Flow::Stop => Flow::Stop,
    }
}

async fn prepare(scope: &mut Scope<'_>) -> Result<(), Trouble> {
    if let Some(witness) = &scope.session.play.witness {
        witness::apply(&witness.cause, scope).await?;
    }
    for (name, value) in scope.session.play.replay.lets.iter() {
        let value = scope.value(value).await?;
        scope.set(name, value);
    }
    Ok(())
}

async fn in_order(steps: &[Step], phase: Phase, scope: &mut Scope<'_>) -> Flow {
    for (index, step) in steps.iter().enumerate() {
        scope.at(phase, index);
        if step::run(step, scope).await == Flow::Stop {
            return Flow::Stop;
        }
    }
    Flow::GoOn
}

/// Every step of `finally` runs, also after one that does not hold.
async fn afterwards(scope: &mut Scope<'_>) {
    let steps = &scope.session.play.replay.finally;
    for (index, step) in steps.iter().enumerate() {
        scope.at(Phase::Finally, index);
        step::run(step, scope).await;
    }
    scope.at(Phase::Finally, steps.len());
    closing::run(scope).await;
}
