//! What a run's worlds stand on.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use harness_model::topology::Topology;

use super::{BackendKind, Options, World, WorldError, WorldSpec};
use crate::backend::process::ground::Ground;
use crate::backend::process::{keeper, start};

/// What a run's worlds stand on: clusters, Redis, built programs, leased ports, the keeper.
pub struct Stage {
    ground: Arc<Ground>,
}

impl Stage {
    /// Opens a stage for one topology: builds or checks programs, starts what worlds share.
    ///
    /// # Errors
    /// When a prerequisite is missing, a program is stale or a shared service does not start.
    pub async fn open(options: Options, topology: Arc<Topology>) -> Result<Arc<Self>, WorldError> {
        match options.backend {
            BackendKind::Process => Ok(Arc::new(Self { ground: Ground::open(options, &topology).await? })),
            BackendKind::Docker => Err(WorldError::Unsupported("the docker backend".into())),
        }
    }

    /// The options it was opened with.
    #[must_use]
    pub fn options(&self) -> &Options {
        &self.ground.options
    }

    /// The folder that goes with the run.
    pub(crate) fn folder(&self) -> &Path {
        &self.ground.folder
    }

    /// What this machine and backend cannot offer, by capability name, each with the reason.
    #[must_use]
    pub fn missing(&self) -> Vec<(String, String)> {
        self.ground.missing.clone()
    }

    /// The file of a program of the topology, built and fresh.
    #[must_use]
    pub fn program(&self, name: &str) -> Option<PathBuf> {
        self.ground.programs.get(name).map(|built| built.path.clone())
    }

    /// Makes a fresh world and waits until all its services are ready.
    ///
    /// # Errors
    /// When a service does not become ready; the error holds its last log lines.
    pub async fn world(&self, spec: &WorldSpec) -> Result<World, WorldError> {
        start::world(&self.ground, spec).await
    }

    /// Ends everything and checks that nothing is left.
    ///
    /// # Errors
    /// [`WorldError::Leftover`] naming what is left.
    pub async fn close(&self) -> Result<(), WorldError> {
        self.ground.close().await
    }
}

/// What [`down_all`] did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DownReport {
    /// Runs that were still there and were ended or swept up.
    pub runs: Vec<String>,
}

/// Ends every run of this project, also those whose harness was killed, and checks that nothing is left.
///
/// # Errors
/// [`WorldError::Leftover`] naming what is left.
pub async fn down_all(options: &Options) -> Result<DownReport, WorldError> {
    keeper::down_all(&options.cache).await.map(|runs| DownReport { runs })
}
