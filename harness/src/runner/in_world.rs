//! A replay in its world: the world is taken, the engine runs, the world goes away, whatever happens.

pub(crate) mod trouble;

use std::sync::Arc;
use std::time::Duration;

use harness_model::event::RunEvent;
use harness_model::form::Map;
use harness_model::replay::{Cause, Sharing, Witness};
use harness_model::template::Template;
use harness_model::verdict::{Ending, Missing, Outcome};
use indexmap::IndexMap;

use super::artifacts;
use super::disturbs::{self, Disturbed};
use super::load::Ready;
use super::lodging::Lodging;
use super::stages::{NO_TOPOLOGY, NoWorld, Opened};
use super::suite::Suite;
use crate::engine::snapshot::Update;
use crate::engine::{self, Play};
use crate::world::{World, WorldError, WorldSpec};

/// Runs a replay.
pub(super) async fn run(suite: &Suite, case: &Ready) -> Outcome {
    match twisted(suite, case, Twist::default()).await {
        Ok(outcome) => outcome,
        Err(error) => no_world(suite, case, &error),
    }
}

/// What is different from an ordinary run.
#[derive(Clone, Copy, Debug, Default)]
pub struct Twist<'a> {
    /// A bug that is brought back. Its world is shared with nobody.
    pub witness: Option<&'a Witness>,
    /// How far apart the services are, at most.
    pub latency: Duration,
}

/// Runs a replay in a world that differs from what it asks for.
///
/// # Errors
/// When there was no world to run it in, which may be just what a bug does.
pub async fn twisted(suite: &Suite, case: &Ready, twist: Twist<'_>) -> Result<Outcome, NoWorld> {
    let spec = spec_with(case, twist);
    if case.topology.name == NO_TOPOLOGY {
        if !spec.bugs.is_empty() || !spec.env.is_empty() {
            return Err(WorldError::Unsupported("a bug in a world that there is not".into()).into());
        }
        // What a replay needs of a world is not there without one.
        let reason = || "the replay has no world (`topology: none`)".to_owned();
        let needs = case.replay.needs.iter().cloned();
        let lacking: Vec<_> = needs.map(|capability| Missing { capability, reason: reason() }).collect();
        if !lacking.is_empty() {
            return Ok(Outcome::skipped(lacking));
        }
        return Ok(in_world(suite, case, twist, engine::static_world(None)).await);
    }
    if let Some(lodging) = suite.lodging_for(case, &spec) {
        return Ok(as_guest(suite, case, lodging).await);
    }
    let opened = suite.stages.of(&case.topology).await?;
    if let Some(skipped) = skipped(suite, case, opened.missing()) {
        return Ok(skipped);
    }
    let world = match shared(case, twist) {
        true => opened.shared(&spec).await?,
        false => opened.fresh(&spec).await?,
    };
    suite.hub.emit(RunEvent::WorldTaken { case: case.id.clone(), world: world.id().to_owned() });
    Ok(in_world(suite, case, twist, world).await)
}

/// Runs a replay in a world that somebody keeps.
async fn as_guest(suite: &Suite, case: &Ready, lodging: &Lodging) -> Outcome {
    if let Some(skipped) = skipped(suite, case, lodging.missing()) {
        return skipped;
    }
    let world = lodging.world().clone();
    suite.hub.emit(RunEvent::WorldTaken { case: case.id.clone(), world: world.id().to_owned() });
    let case = Ready { parts: lodging.parts(case.parts.clone()), ..case.clone() };
    in_world(suite, &case, Twist::default(), world).await
}

/// Whether a replay's world is one that others read at the same time.
#[must_use]
pub fn is_shared(case: &Ready) -> bool {
    case.replay.world == Sharing::Shared
}

/// Whether others use the same world. One with a bug nobody shares.
fn shared(case: &Ready, twist: Twist<'_>) -> bool {
    twist.witness.is_none() && is_shared(case)
}

async fn in_world(suite: &Suite, case: &Ready, twist: Twist<'_>, world: World) -> Outcome {
    suite.tally.world(true);
    let emit = |event: RunEvent| suite.hub.emit(event);
    let outcome = engine::run_replay(&play(suite, case, twist.witness), &world, &emit).await;
    leave(suite, case, &world, &outcome).await;
    if shared(case, twist) || suite.keep(&world, &outcome, || spec_with(case, twist)) {
        return outcome;
    }
    ended(outcome, &world).await
}

/// Leaves what a red case's world can tell in a folder beside the run's log.
async fn leave(suite: &Suite, case: &Ready, world: &World, outcome: &Outcome) {
    let Some(folder) = &suite.artifacts else { return };
    // Servers that somebody else runs have nothing of their own to leave here.
    let is_ours = world.services().next().is_some();
    if !is_ours || matches!(outcome.ending, Ending::Passed | Ending::Skipped { .. }) {
        return;
    }
    let folder = folder.join(case.id.0.replace("::", "/"));
    let shown = suite.loader.project().shown(&folder);
    let text = match artifacts::collect(world, &folder).await {
        Ok(()) => format!("{}: logs, states and rows in {shown}", case.id),
        Err(error) => format!("{}: nothing could be left in {shown}: {error}", case.id),
    };
    suite.hub.emit(RunEvent::Note { text });
}

fn play(suite: &Suite, case: &Ready, witness: Option<&Witness>) -> Play {
    Play {
        case: case.id.clone(),
        replay: Arc::clone(&case.replay),
        source: case.source.clone(),
        row: case.row.clone(),
        parts: case.parts.clone(),
        root: suite.loader.project().root().to_owned(),
        witness: witness.cloned(),
        closing: case.topology.closing.clone(),
        // What a broken world looks like is for nobody's review.
        snapshots: witness.map_or(suite.snapshots, |_| Update::No),
    }
}

/// The world that a replay asks for.
#[must_use]
pub fn spec(case: &Ready) -> WorldSpec {
    spec_with(case, Twist::default())
}

/// The world that a replay asks for, as a twist needs it from its start.
#[must_use]
pub fn spec_with(case: &Ready, twist: Twist<'_>) -> WorldSpec {
    let (mut env, mut bugs) = (IndexMap::new(), IndexMap::new());
    match twist.witness.map(|witness| &witness.cause) {
        Some(Cause::Bug(bug)) => drop(bugs.insert(bug.seam.clone(), bug.services.iter().cloned().collect())),
        Some(Cause::Env(services)) => env = overlay(services),
        _ => {}
    }
    let Disturbed { services, ways } = disturbs::by(case);
    let disturbs = match twist.latency {
        Duration::ZERO => services,
        _ => case.topology.services.keys().cloned().collect(),
    };
    WorldSpec {
        variants: case.replay.variants.clone(),
        disturbs,
        ways,
        latency: twist.latency,
        env,
        bugs,
        ..WorldSpec::of(Arc::clone(&case.topology))
    }
}

/// An empty value leaves the variable out.
fn overlay(services: &Map<Map<Template>>) -> IndexMap<String, IndexMap<String, Option<String>>> {
    let value = |template: &Template| Some(template.to_string()).filter(|text| !text.is_empty());
    let variables =
        |env: &Map<Template>| env.iter().map(|(name, text)| (name.to_owned(), value(text))).collect();
    services.iter().map(|(service, env)| (service.to_owned(), variables(env))).collect()
}

/// The open stage of a replay's topology; none where there is nothing to open.
pub async fn opened(suite: &Suite, case: &Ready) -> Option<Arc<Opened>> {
    if case.topology.name == NO_TOPOLOGY {
        return None;
    }
    suite.stages.of(&case.topology).await.ok()
}

/// The outcome of a replay that needs what this machine or backend has not.
fn skipped(suite: &Suite, case: &Ready, missing: Vec<Missing>) -> Option<Outcome> {
    suite.lacks(missing.clone());
    let lacking = missing.into_iter().filter(|missing| case.replay.needs.contains(&missing.capability));
    let lacking: Vec<_> = lacking.collect();
    (!lacking.is_empty()).then(|| Outcome::skipped(lacking))
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
