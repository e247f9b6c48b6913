//! A replay in its world: the world is taken, the engine runs, the world goes away, whatever happens.

mod trouble;

use std::sync::Arc;

use harness_model::event::RunEvent;
use harness_model::replay::Sharing;
use harness_model::verdict::{Ending, Missing, Outcome};

use super::disturbs;
use super::load::Ready;
use super::stages::{NO_TOPOLOGY, NoWorld, Opened};
use super::suite::Suite;
use crate::engine::{self, Play};
use crate::world::{World, WorldSpec};

/// Runs a replay.
pub(super) async fn run(suite: &Suite, case: &Ready) -> Outcome {
    if case.topology.name == NO_TOPOLOGY {
        return in_world(suite, case, engine::static_world(None)).await;
    }
    let opened = match suite.stages.of(&case.topology).await {
        Ok(opened) => opened,
        Err(error) => return no_world(suite, case, &error),
    };
    suite.lacks(opened.missing());
    let spec = spec(case);
    let lacking = lacking(&opened, case);
    if !lacking.is_empty() {
        return Outcome::skipped(lacking);
    }
    let world = match case.replay.world {
        Sharing::Shared => opened.shared(&spec).await,
        Sharing::Fresh => opened.pool.take(&spec).await.map_err(NoWorld::from),
    };
    match world {
        Ok(world) => in_world(suite, case, world).await,
        Err(error) => no_world(suite, case, &error),
    }
}

async fn in_world(suite: &Suite, case: &Ready, world: World) -> Outcome {
    suite.tally.world(true);
    let emit = |event: RunEvent| suite.hub.emit(event);
    let outcome = engine::run_replay(&play(suite, case), &world, &emit).await;
    if case.replay.world == Sharing::Shared || suite.keep(&world, &outcome) {
        return outcome;
    }
    ended(outcome, &world).await
}

fn play(suite: &Suite, case: &Ready) -> Play {
    Play {
        case: case.id.clone(),
        replay: Arc::clone(&case.replay),
        source: case.source.clone(),
        row: case.row.clone(),
        parts: case.parts.clone(),
        root: suite.loader.project().root().to_owned(),
        witness: None,
        closing: case.topology.closing.clone(),
    }
}

/// The world that a replay asks for.
#[must_use]
pub fn spec(case: &Ready) -> WorldSpec {
    WorldSpec {
        variants: case.replay.variants.clone(),
        disturbs: disturbs::services(case),
        ..WorldSpec::of(Arc::clone(&case.topology))
    }
}

/// What the replay needs and this machine or backend has not.
fn lacking(opened: &Opened, case: &Ready) -> Vec<Missing> {
    opened.missing().into_iter().filter(|missing| case.replay.needs.contains(&missing.capability)).collect()
}

fn no_world(suite: &Suite, case: &Ready, error: &NoWorld) -> Outcome {
    if error.is_unready() {
        suite.tally.world(false);
    }
    let failure = trouble::failure(error);
    suite.hub.emit(RunEvent::WorldFailed {
        world: format!("of {}", case.id),
        failure: Box::new(failure.clone()),
        deadline: error.is_unready(),
    });
    Outcome::broken(failure)
}

/// A world that does not go away makes its replay broken, unless the replay has worse to tell.
async fn ended(outcome: Outcome, world: &World) -> Outcome {
    match world.down().await {
        Err(error) if matches!(outcome.ending, Ending::Passed) => {
            Outcome::broken(trouble::failure(&NoWorld::from(error)))
        }
        Ok(()) | Err(_) => outcome,
    }
}
