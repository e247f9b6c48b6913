//! What a run's worlds stand on.

use std::sync::Arc;

use harness_model::topology::Topology;

use super::{Options, World, WorldError, WorldSpec};

/// What a run's worlds stand on: clusters, Redis, built programs, leased ports, the reaper.
pub struct Stage {
    options: Options,
}

impl Stage {
    /// Opens a stage for one topology: builds or checks programs, starts what worlds share.
    ///
    /// # Errors
    /// When a prerequisite is missing, a program is stale or a shared service does not start.
    pub async fn open(options: Options, _topology: Arc<Topology>) -> Result<Arc<Self>, WorldError> {
        Ok(Arc::new(Self { options }))
    }

    /// The options it was opened with.
    #[must_use]
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// What this machine and backend cannot offer, by capability name, each with the reason.
    #[must_use]
    pub fn missing(&self) -> Vec<(String, String)> {
        Vec::new()
    }

    /// Makes a fresh world and waits until all its services are ready.
    ///
    /// # Errors
    /// When a service does not become ready; the error holds its last log lines.
    pub async fn world(self: &Arc<Self>, _spec: &WorldSpec) -> Result<World, WorldError> {
        Err(WorldError::Unsupported("worlds".into()))
    }

    /// Ends everything and checks that nothing is left.
    ///
    /// # Errors
    /// [`WorldError::Leftover`] naming what is left.
    pub async fn close(self: Arc<Self>) -> Result<(), WorldError> {
        Ok(())
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
pub async fn down_all(_options: &Options) -> Result<DownReport, WorldError> {
    Ok(DownReport::default())
}
