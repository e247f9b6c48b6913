//! What the orphan sweep may ask of the local engine: containers by their name, because the workspace they
//! belonged to may be unknown by now.

use std::collections::BTreeSet;

use super::{Provisioning, ShortId};
use crate::backends::docker::{Docker, DockerError};

/// The containers of the local engine.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Containers<'p>(&'p Docker);

impl Provisioning {
    /// The local engine's containers; `None` where workspaces are no containers.
    pub(crate) fn containers(&self) -> Option<Containers<'_>> {
        self.docker().map(Containers)
    }
}

impl Containers<'_> {
    /// Every container that has a workspace's name, stopped ones too.
    ///
    /// # Errors
    /// The engine did not answer.
    pub(crate) async fn of_workspaces(self) -> Result<BTreeSet<ShortId>, DockerError> {
        self.0.workspace_containers().await
    }

    /// Those of them that this server made.
    ///
    /// # Errors
    /// The engine did not answer.
    pub(crate) async fn managed(self) -> Result<BTreeSet<ShortId>, DockerError> {
        self.0.managed_containers().await
    }

    /// Removes a container, then what it kept for itself.
    ///
    /// # Errors
    /// It may still run, and its volumes stay. A volume that stays is only logged.
    pub(crate) async fn retire(self, short: &ShortId) -> Result<(), DockerError> {
        self.0.stop(short).await?;
        if let Err(error) = self.0.remove_volume(short).await {
            tracing::warn!(%error, "volume of {} stays", short.container());
        }
        Ok(())
    }
}
