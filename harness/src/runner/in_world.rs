//! A replay in its world: the world is taken, the engine runs, the world goes away, whatever happens.

use harness_model::event::{Failure, LogExcerpt, RunEvent};
use harness_model::replay::Sharing;
use harness_model::verdict::{Ending, Missing, Outcome};

use super::disturbs;
use super::load::ReplayCase;
use super::stages::{NoWorld, Opened};
use super::suite::Suite;
use crate::engine;
use crate::world::{World, WorldError, WorldSpec};

/// The topology of replays that name none.
pub const DEFAULT_TOPOLOGY: &str = "two-tenants";

/// Runs a replay.
pub(super) async fn run(suite: &Suite, case: &ReplayCase) -> Outcome {
    let topology = case.replay.topology.as_deref().unwrap_or(DEFAULT_TOPOLOGY);
    let opened = match suite.stages.of(topology).await {
        Ok(opened) => opened,
        Err(error) => return no_world(suite, case, &error),
    };
    let spec = spec(&opened, case);
    let lacking = lacking(&opened, &spec, case);
    if !lacking.is_empty() {
        return Outcome::skipped(lacking);
    }
    let world = match case.replay.world {
        Sharing::Shared => opened.shared(&spec).await,
        Sharing::Fresh => opened.pool.take(&spec).await.map_err(NoWorld::from),
    };
    let world = match world {
        Ok(world) => world,
        Err(error) => return no_world(suite, case, &error),
    };
    suite.tally.world(true);
    let emit = |event: RunEvent| suite.hub.emit(event);
    let outcome = engine::run_replay(case, &world, &emit).await;
    match case.replay.world {
        Sharing::Shared => outcome,
        Sharing::Fresh => ended(outcome, &world).await,
    }
}

/// The world that a replay asks for.
#[must_use]
pub fn spec(opened: &Opened, case: &ReplayCase) -> WorldSpec {
    WorldSpec {
        variants: case.replay.variants.clone(),
        disturbs: disturbs::services(case, &opened.topology),
        ..WorldSpec::of(opened.topology.clone())
    }
}

/// What the replay or its variants need and this machine or backend has not.
fn lacking(opened: &Opened, spec: &WorldSpec, case: &ReplayCase) -> Vec<Missing> {
    let variants = spec.variants.iter().filter_map(|name| opened.topology.variants.get(name));
    let needed: Vec<_> = case.replay.needs.iter().chain(variants.flat_map(|variant| &variant.needs)).collect();
    opened.missing().into_iter().filter(|missing| needed.contains(&&missing.capability)).collect()
}

fn no_world(suite: &Suite, case: &ReplayCase, error: &NoWorld) -> Outcome {
    if error.is_unready() {
        suite.tally.world(false);
    }
    let failure = failure(error);
    let told = RunEvent::WorldFailed {
        world: format!("of {}", case.id),
        failure: Box::new(failure.clone()),
        deadline: error.is_unready(),
    };
    suite.hub.emit(told);
    Outcome::broken(failure)
}

/// A world that does not go away makes its replay broken, unless the replay has worse to tell.
async fn ended(outcome: Outcome, world: &World) -> Outcome {
    match world.down().await {
        Err(error) if matches!(outcome.ending, Ending::Passed) => {
            Outcome::broken(failure(&NoWorld::from(error)))
        }
        Ok(()) | Err(_) => outcome,
    }
}

/// What a report says of a world that is not there.
fn failure(error: &NoWorld) -> Failure {
    let NoWorld::World(error) = error else { return Failure::new(error.to_string()) };
    match error.as_ref() {
        WorldError::Unready { service, condition, within, log, fix } => Failure {
            logs: vec![excerpt(service, log)],
            help: Some(fix.clone()),
            ..Failure::new(format!("`{service}` was not ready within {within:?}: waiting for {condition}"))
        },
        WorldError::Ended { service, status, condition, log, fix } => Failure {
            logs: vec![excerpt(service, log)],
            help: Some(fix.clone()),
            ..Failure::new(format!("`{service}` ended with {status} before {condition}"))
        },
        WorldError::Prerequisite { what, fix } => {
            Failure { help: Some(fix.clone()), ..Failure::new(what.clone()) }
        }
        other => Failure::new(chain(other)),
    }
}

fn excerpt(service: &str, log: &str) -> LogExcerpt {
    LogExcerpt { service: service.to_owned(), lines: log.lines().map(str::to_owned).collect(), left_out: 0 }
}

/// An error and its causes in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    std::iter::once(error.to_string()).chain(causes.map(ToString::to_string)).collect::<Vec<_>>().join(": ")
}
