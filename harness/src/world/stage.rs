//! What a run's worlds stand on.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use harness_model::topology::{Backend, Topology};
use indexmap::IndexMap;

use super::{Options, World, WorldError, WorldSpec};
use crate::backend::base::Base;
use crate::backend::process::programs::Programs;
use crate::backend::{docker, make, process};

/// What a run's worlds stand on: databases, built programs or images, leased ports, the keeper.
pub struct Stage {
    ground: Ground,
}

/// What carries the worlds.
enum Ground {
    Process(Arc<process::ground::Ground>),
    Docker(Arc<docker::ground::Ground>),
}

impl Stage {
    /// Opens a stage for one topology: builds or checks what it runs, starts what worlds share.
    ///
    /// # Errors
    /// When a prerequisite is missing, a program is stale or a shared service does not start.
    pub async fn open(options: Options, topology: Arc<Topology>) -> Result<Arc<Self>, WorldError> {
        let ground = match options.backend {
            Backend::Process => Ground::Process(process::ground::Ground::open(options, &topology).await?),
            // Boxed: otherwise its state would be part of the state of every caller.
            Backend::Docker => {
                Ground::Docker(Box::pin(docker::ground::Ground::open(options, &topology)).await?)
            }
        };
        Ok(Arc::new(Self { ground }))
    }

    /// What does not depend on the backend.
    fn base(&self) -> &Base {
        match &self.ground {
            Ground::Process(ground) => &ground.base,
            Ground::Docker(ground) => &ground.base,
        }
    }

    /// The options it was opened with.
    #[must_use]
    pub fn options(&self) -> &Options {
        &self.base().options
    }

    /// The folder that goes with the run.
    pub(crate) fn folder(&self) -> &Path {
        &self.base().folder
    }

    /// What this machine and backend cannot offer, by capability name, each with the reason.
    #[must_use]
    pub fn missing(&self) -> Vec<(String, String)> {
        self.base().missing.clone()
    }

    /// The programs that services run.
    pub(crate) fn programs(&self) -> &Programs {
        &self.base().programs
    }

    /// The files of every program that a replay may run.
    pub(crate) fn program_files(&self) -> IndexMap<String, PathBuf> {
        self.base().program_files()
    }

    /// The file of a program of the topology, built and fresh.
    #[must_use]
    pub fn program(&self, name: &str) -> Option<PathBuf> {
        self.base().programs.get(name).map(|built| built.path.clone())
    }

    /// The file of the flavour with bug seams, once a world has asked for it.
    #[must_use]
    pub fn seamed_program(&self, name: &str) -> Option<PathBuf> {
        let programs = match &self.ground {
            Ground::Process(ground) => ground.seamed()?,
            // Bugs are brought back on processes only.
            Ground::Docker(_) => return None,
        };
        programs.get(name).map(|built| built.path.clone())
    }

    /// Makes a fresh world and waits until all its services are ready.
    ///
    /// # Errors
    /// When a service does not become ready; the error holds its last log lines.
    pub async fn world(&self, spec: &WorldSpec) -> Result<World, WorldError> {
        match &self.ground {
            Ground::Process(ground) => Ok(make::cloned(ground, spec).await?.world(&**ground, spec)),
            Ground::Docker(ground) => Box::pin(closed_in(ground, spec)).await,
        }
    }

    /// Ends everything and checks that nothing is left.
    ///
    /// # Errors
    /// [`WorldError::Leftover`] naming what is left.
    pub async fn close(&self) -> Result<(), WorldError> {
        match &self.ground {
            Ground::Process(ground) => ground.close().await,
            Ground::Docker(ground) => ground.close().await,
        }
    }
}

/// A world of containers, once one was seen to reach nothing outside.
async fn closed_in(ground: &Arc<docker::ground::Ground>, spec: &WorldSpec) -> Result<World, WorldError> {
    let made = make::cloned(ground, spec).await?;
    ground.closed_in.get_or_try_init(|| docker::egress::closed_in(ground, spec, &made)).await?;
    Ok(made.world(&**ground, spec))
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
    process::keeper::down_all(&options.cache).await.map(|runs| DownReport { runs })
}
