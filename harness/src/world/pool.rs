//! Worlds prepared ahead while others run.
//!
//! Making a world is mostly waiting for programs to boot. The pool is told which worlds will be
//! wanted and makes the next few in the background; whoever wants one finds it ready. A world
//! that could not be prepared is made again when it is wanted, so that its taker gets the error.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::task::JoinHandle;

use super::load::Load;
use super::{Stage, World, WorldError, WorldSpec};

/// Prepared worlds nobody has taken yet: more would hold memory that running cases need.
const AHEAD: usize = 2;

/// Prepares worlds ahead while others run.
pub struct WorldPool {
    stage: Arc<Stage>,
    plans: Mutex<Plans>,
    load: Load,
}

#[derive(Default)]
struct Plans {
    /// Wanted later, in order.
    wanted: VecDeque<WorldSpec>,
    /// Being made or ready.
    prepared: VecDeque<(WorldSpec, JoinHandle<Result<World, WorldError>>)>,
}

impl WorldPool {
    /// A pool on a stage.
    #[must_use]
    pub fn new(stage: Arc<Stage>) -> Self {
        Self { stage, plans: Mutex::default(), load: Load::new() }
    }

    /// Tells which worlds will be wanted, in order, so that they are prepared ahead.
    pub fn announce(&self, specs: impl IntoIterator<Item = WorldSpec>) {
        self.plans().wanted.extend(specs);
        self.prepare();
    }

    /// A fresh world: a prepared one of an equal spec, else one made now.
    ///
    /// # Errors
    /// When it cannot be made.
    pub async fn take(&self, spec: &WorldSpec) -> Result<World, WorldError> {
        let prepared = self.claim(spec);
        self.prepare();
        if let Some(prepared) = prepared
            && let Ok(Ok(world)) = prepared.await
        {
            return Ok(world);
        }
        self.stage.world(spec).await
    }

    /// How many worlds may run at once right now, from memory and observed waiting.
    #[must_use]
    pub fn concurrency(&self) -> usize {
        self.load.worlds_at_once()
    }

    /// Ends the prepared worlds nobody took.
    pub async fn drain(&self) {
        let prepared = {
            let mut plans = self.plans();
            plans.wanted.clear();
            std::mem::take(&mut plans.prepared)
        };
        for (_, making) in prepared {
            if let Ok(Ok(world)) = making.await {
                // What stays behind is found and named when the stage closes.
                let _ = world.down().await;
            }
        }
    }

    /// Takes a prepared world of an equal spec out of the stock, or its announcement.
    fn claim(&self, spec: &WorldSpec) -> Option<JoinHandle<Result<World, WorldError>>> {
        let mut plans = self.plans();
        if let Some(at) = plans.prepared.iter().position(|(other, _)| other.same_as(spec)) {
            return plans.prepared.remove(at).map(|(_, making)| making);
        }
        let announced = plans.wanted.iter().position(|other| other.same_as(spec));
        if let Some(at) = announced {
            plans.wanted.remove(at);
        }
        None
    }

    fn prepare(&self) {
        let mut plans = self.plans();
        while plans.prepared.len() < AHEAD
            && let Some(spec) = plans.wanted.pop_front()
        {
            let (stage, wanted) = (self.stage.clone(), spec.clone());
            let making = tokio::spawn(async move { stage.world(&wanted).await });
            plans.prepared.push_back((spec, making));
        }
    }

    fn plans(&self) -> MutexGuard<'_, Plans> {
        self.plans.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
