//! Runs a part for what it leaves behind: the seed data of a world that somebody keeps.

use harness_model::event::Failure;
use harness_model::verdict::FailedStep;
use serde_json::{Map, Value};

use super::play::{Play, Sink};
use super::scope::Scope;
use super::session::Session;
use super::step;
use crate::world::World;

/// Runs the steps of a play and returns the values of some names.
///
/// # Errors
/// The first failure; nothing is undone.
pub async fn fill(
    play: &Play,
    names: &[String],
    world: &World,
    sink: Sink<'_>,
) -> Result<Map<String, Value>, Box<Failure>> {
    let session = Session::begin(play, world, sink);
    let mut scope = Scope::new(&session);
    step::run_all(&play.replay.steps, &mut scope).await;
    let (failed, broken) = session.findings();
    if let Some((_, failure)) = broken {
        return Err(Box::new(failure));
    }
    if let Some(FailedStep { step, failure }) = failed.into_iter().next() {
        let message = format!("{step}: {}", failure.message);
        return Err(Box::new(Failure { message, ..failure }));
    }
    let value = |name: &String| Some((name.clone(), scope.variable(name)?.clone()));
    Ok(names.iter().filter_map(value).collect())
}
