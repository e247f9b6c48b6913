//! One stage per topology, opened when a case first needs it and shared by all that follow.
//!
//! A stage that could not be opened is not tried again: every case that needs it is told the same cause.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use harness_model::event::{RunEvent, TopologyMap};
use harness_model::topology::Topology;
use harness_model::verdict::Missing;
use thiserror::Error;
use tokio::sync::OnceCell;

use crate::world::{Class, Options, Stage, World, WorldError, WorldPool, WorldSpec};

/// The topology of replays that name none.
pub const DEFAULT_TOPOLOGY: &str = "two-tenants";

/// The topology of replays that need no world: they ask absolute URLs of servers that somebody else runs.
pub const NO_TOPOLOGY: &str = "none";

/// Why there is no world; shared by every case that was refused one.
#[derive(Debug, Clone, Error)]
#[error("{0}")]
pub struct NoWorld(pub Arc<WorldError>);

impl NoWorld {
    /// Whether a service was not ready in time, as opposed to a set-up that is wrong.
    #[must_use]
    pub fn is_unready(&self) -> bool {
        self.0.class() == Class::Unready
    }
}

impl From<WorldError> for NoWorld {
    fn from(error: WorldError) -> Self {
        NoWorld(Arc::new(error))
    }
}

/// An open stage.
pub struct Opened {
    /// The topology.
    pub topology: Arc<Topology>,
    /// Worlds, prepared ahead.
    pub pool: WorldPool,
    stage: Arc<Stage>,
    refused: Refused,
    /// Worlds that several cases read at the same time, by variant.
    shared: Mutex<HashMap<String, Arc<OnceCell<World>>>>,
}

impl Opened {
    /// What this machine and backend lack.
    #[must_use]
    pub fn missing(&self) -> Vec<Missing> {
        let missing = self.stage.missing().into_iter();
        missing.map(|(capability, reason)| Missing { capability, reason }).collect()
    }

    /// The stage itself.
    #[must_use]
    pub fn stage(&self) -> &Stage {
        &self.stage
    }

    /// The file of a program of the topology.
    #[must_use]
    pub fn program(&self, name: &str) -> Option<PathBuf> {
        self.stage.program(name)
    }

    /// The world that all cases with this spec share.
    ///
    /// # Errors
    /// When it cannot be made.
    pub async fn shared(&self, spec: &WorldSpec) -> Result<World, NoWorld> {
        let cell = {
            let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(shared.entry(format!("{:?}", spec.variants)).or_default())
        };
        let world = cell.get_or_try_init(|| self.stage.world(spec)).await;
        Ok(world.inspect_err(|error| self.refused.note(error))?.clone())
    }

    /// A world for one case alone.
    ///
    /// # Errors
    /// When it cannot be made.
    pub async fn fresh(&self, spec: &WorldSpec) -> Result<World, NoWorld> {
        Ok(self.pool.take(spec).await.inspect_err(|error| self.refused.note(error))?)
    }

    async fn close(&self) -> Result<(), WorldError> {
        let shared: Vec<_> = {
            let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
            shared.drain().collect()
        };
        for (_, cell) in shared {
            if let Some(world) = cell.get() {
                world.down().await?;
            }
        }
        self.pool.drain().await;
        self.stage.close().await
    }
}

/// Whether something was refused for what this machine lacks, or what is stale.
#[derive(Clone, Default)]
struct Refused(Arc<AtomicBool>);

impl Refused {
    fn note(&self, error: &WorldError) {
        self.0.fetch_or(error.class() == Class::Setup, Ordering::Relaxed);
    }
}

type Cell = Arc<OnceCell<Result<Arc<Opened>, NoWorld>>>;

/// The stages of a process.
pub struct Stages {
    options: Options,
    refused: Refused,
    cells: Mutex<HashMap<String, Cell>>,
}

impl Stages {
    /// No stage yet.
    #[must_use]
    pub fn new(options: Options) -> Self {
        Stages { options, refused: Refused::default(), cells: Mutex::default() }
    }

    /// Whether a stage or a world was refused for what this machine lacks, or what is stale: no case is to blame.
    #[must_use]
    pub fn refused(&self) -> bool {
        self.refused.0.load(Ordering::Relaxed)
    }

    /// How many cases may run at once right now.
    #[must_use]
    pub fn concurrency(&self) -> Option<usize> {
        let cells = self.cells.lock().unwrap_or_else(PoisonError::into_inner);
        let opened = cells.values().filter_map(|cell| cell.get()?.as_ref().ok());
        opened.map(|opened| opened.pool.concurrency()).min()
    }

    /// The stage of a topology, opened if need be.
    ///
    /// # Errors
    /// When its stage cannot be opened, now or at the first attempt.
    pub async fn of(&self, topology: &Arc<Topology>) -> Result<Arc<Opened>, NoWorld> {
        let cell = {
            let mut cells = self.cells.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(cells.entry(topology.name.clone()).or_default())
        };
        cell.get_or_init(|| self.open(topology)).await.clone()
    }

    async fn open(&self, topology: &Arc<Topology>) -> Result<Arc<Opened>, NoWorld> {
        let topology = Arc::clone(topology);
        self.options.events.tell(RunEvent::TopologyOpened(TopologyMap::of(&topology)));
        let stage = Stage::open(self.options.clone(), Arc::clone(&topology)).await;
        let stage = stage.inspect_err(|error| self.refused.note(error))?;
        let pool = WorldPool::new(Arc::clone(&stage));
        Ok(Arc::new(Opened {
            topology,
            pool,
            stage,
            refused: self.refused.clone(),
            shared: Mutex::default(),
        }))
    }

    /// Ends every stage and tells what was left behind.
    pub async fn close(&self) -> Vec<String> {
        let cells: Vec<_> = {
            let mut cells = self.cells.lock().unwrap_or_else(PoisonError::into_inner);
            cells.drain().collect()
        };
        let mut left = Vec::new();
        for (_, cell) in cells {
            let Some(Ok(opened)) = cell.get() else { continue };
            match opened.close().await {
                Ok(()) => {}
                Err(WorldError::Leftover(names)) => left.extend(names),
                Err(error) => left.push(format!("teardown failed: {error}")),
            }
        }
        left
    }
}
