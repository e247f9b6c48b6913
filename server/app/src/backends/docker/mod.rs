//! The local Docker back end: one container a workspace, its volumes, and nothing that outlives them.
//!
//! Reading order: [`names`] (what things are called), [`labels`] (what is ours), then a start:
//! [`image`] and [`pull`] (what runs), [`spec`] with [`mounts`], [`tiers`] and [`mod@env`] (how it runs),
//! [`archive`] (files into a container), [`start`] (the sequence). After it: [`stop`], [`liveness`],
//! [`volumes`], [`list`]. [`client`] reaches the engine.

mod archive;
mod client;
mod env;
mod image;
mod labels;
mod list;
mod liveness;
mod mounts;
mod names;
mod network;
mod probe;
mod pull;
mod spec;
mod start;
mod stop;
mod tiers;
mod volumes;

use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

use bollard::errors::Error as EngineError;
use secrecy::SecretString;
use server_types::WorkspaceId;

use crate::config::Config;

pub use client::NoEngine;
pub use names::{AGENT_PORT, ShortId};
pub use stop::Stopped;

/// Files for `/configs`, by relative path.
pub type ConfigFiles = BTreeMap<String, Vec<u8>>;

/// The engine and how its containers look.
#[derive(Clone, Debug)]
pub struct Docker {
    engine: bollard::Docker,
    config: Arc<Config>,
    /// Two starts at once must not make the network twice.
    network: Arc<tokio::sync::Mutex<()>>,
}

/// Everything one start needs; holds secrets, so it cannot be printed.
pub(crate) struct Start {
    pub(crate) id: WorkspaceId,
    pub(crate) runtime: String,
    pub(crate) tier: i32,
    /// Assembled environment; wins over what the back end adds itself.
    pub(crate) env: BTreeMap<String, String>,
    /// Folder that is copied into `/configs`.
    pub(crate) template: Option<PathBuf>,
    /// Files that are written over it.
    pub(crate) files: ConfigFiles,
    /// Token that must be there before the agent runs.
    pub(crate) auth_token: Option<SecretString>,
    pub(crate) workspace_dir: Option<String>,
    pub(crate) workspace_access: String,
    pub(crate) awareness_namespace: String,
    /// Pinned digest of the runtime's image.
    pub(crate) digest: Option<String>,
}

/// A container that runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Started {
    /// Where the server reaches it.
    pub(crate) url: String,
    /// Where other containers reach it.
    pub(crate) internal_url: String,
}

/// The engine refused or did not answer; for the log, never for a public answer.
#[derive(Debug, thiserror::Error)]
pub enum DockerError {
    /// One call that failed.
    #[error("{what}: {source}")]
    Call {
        /// What was asked.
        what: String,
        /// What the engine said.
        #[source]
        source: EngineError,
    },
    /// There is nothing to run.
    #[error(
        "image {image} of runtime {runtime} is not on this engine although a pull was attempted: {source}"
    )]
    NoImage {
        /// The reference.
        image: String,
        /// Who needs it.
        runtime: String,
        /// What the engine said.
        #[source]
        source: EngineError,
    },
    /// An older container of the name did not go in time.
    #[error("{0} is still being removed")]
    StillThere(String),
    /// Files for the container could not be read or packed.
    #[error("pack files: {0}")]
    Files(#[from] std::io::Error),
}

impl DockerError {
    /// Says which call an engine's error belongs to.
    fn of(what: impl Into<String>) -> impl FnOnce(EngineError) -> Self {
        let what = what.into();
        move |source| Self::Call { what, source }
    }
}

impl Docker {
    /// Reaches the configured engine.
    ///
    /// # Errors
    /// None answers, or the address is none.
    pub async fn connect(config: &Config) -> Result<Self, NoEngine> {
        let engine = client::connect(&config.docker.host).await?;
        Ok(Self { engine, config: Arc::new(config.clone()), network: Arc::default() })
    }
}

/// Whether the engine says that the thing is not there.
fn is_missing(error: &EngineError) -> bool {
    matches!(error, EngineError::DockerResponseServerError { status_code: 404, .. })
}
