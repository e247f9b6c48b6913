//! Starting and stopping what runs a workspace: the one dispatcher over the backends.
//!
//! A start is: entry log -> [`prepare`] (environment) -> [`mint`] (credentials, committed) -> backend
//! -> persist. Credentials are committed before the backend is called, because an agent may register
//! from inside the start (a callback once got 401 for days because its row came after a wait).
//! Every way out that is not a started machine goes through [`fail`].

mod fail;
mod mint;
mod prepare;
mod task;

use server_store::{DbError, workspaces::machine};
use server_types::WorkspaceId;
use server_wire::control_plane::Console;

pub use fail::{NO_BACKEND, PROVISIONING_FAILED};
pub use task::{Job, guarded};

use crate::{
    App,
    backends::{
        Backend, Liveness,
        control_plane::{ControlPlane, CpError},
    },
    config::Config,
};

/// The backend in use; nothing outside this module can reach it.
#[derive(Clone, Debug)]
pub struct Provisioning {
    backend: Backend,
}

/// A stop that did not succeed; for the log, never for a public answer.
#[derive(Debug, thiserror::Error)]
pub enum StopError {
    /// The control plane refused or did not answer.
    #[error(transparent)]
    ControlPlane(#[from] CpError),
    /// The machine on file could not be read.
    #[error("machine lookup failed")]
    Lookup(#[from] DbError),
}

/// Why there is no console text.
#[derive(Debug, thiserror::Error)]
pub enum ConsoleError {
    /// Not a control-plane deployment.
    #[error("no control plane")]
    NoControlPlane,
    /// The control plane refused or did not answer.
    #[error(transparent)]
    ControlPlane(#[from] CpError),
}

impl Provisioning {
    /// Chooses the backend once, at boot, and says which.
    pub fn choose(config: &Config) -> Self {
        let backend = match ControlPlane::of(config) {
            Some(plane) => {
                tracing::info!("Provisioner: Control Plane (auto-detected SaaS tenant)");
                Backend::ControlPlane(plane)
            }
            None => {
                tracing::info!(
                    "Provisioner disabled (Docker not available): no container backend is built in"
                );
                Backend::None
            }
        };
        Self { backend }
    }

    /// Whether anything can be started at all.
    pub fn has_provisioner(&self) -> bool {
        !matches!(self.backend, Backend::None)
    }

    /// Whether the stored loopback URL of a workspace is the backend's own and outlives a registration.
    ///
    /// Only a local backend publishes container ports on loopback; a control-plane agent that
    /// announces a loopback address speaks for itself.
    pub fn owns_loopback_urls(&self) -> bool {
        !matches!(self.backend, Backend::ControlPlane(_))
    }
}

impl App {
    /// Starts a workspace without waiting for it. False when there is no backend: the workspace has
    /// failed then, with a text that says what to do.
    pub async fn provision_detached(&self, job: Job) -> bool {
        if !self.provisioning.has_provisioner() {
            fail::no_backend(self, job.id).await;
            return false;
        }
        let app = self.clone();
        self.context.spawn(async move { task::run(&app, job).await });
        true
    }

    /// Starts a workspace and waits until it is started or has failed.
    pub async fn provision_and_wait(&self, job: Job) -> bool {
        if !self.provisioning.has_provisioner() {
            fail::no_backend(self, job.id).await;
            return false;
        }
        // In a task of its own: a caller that goes away must not cancel half a start.
        let app = self.clone();
        let done = self.context.tasks.spawn(async move { task::run(&app, job).await });
        done.await.is_ok()
    }

    /// Stops what runs a workspace; without a backend or a machine there is nothing to do.
    ///
    /// # Errors
    /// The stop was refused, or it is unknown what to stop. Trying again is safe.
    pub async fn stop_backend(&self, id: WorkspaceId) -> Result<(), StopError> {
        let Backend::ControlPlane(plane) = &self.provisioning.backend else { return Ok(()) };
        let Some(instance) = machine::instance_id(&self.store.db, id).await? else { return Ok(()) };
        plane.stop(id, &instance).await?;
        if let Err(error) = machine::forget_instance_id(&self.store.db, id, &instance).await {
            tracing::warn!(%error, workspace = %id, "the stopped machine stays on file");
        }
        Ok(())
    }

    /// Whether the backend still runs a workspace.
    pub async fn backend_liveness(&self, id: WorkspaceId) -> Liveness {
        let Backend::ControlPlane(plane) = &self.provisioning.backend else {
            return Liveness::Unknown("no backend".into());
        };
        match machine::instance_id(&self.store.db, id).await {
            Ok(Some(instance)) => plane.liveness(id, &instance).await,
            Ok(None) => Liveness::Gone,
            Err(error) => Liveness::Unknown(error.to_string()),
        }
    }

    /// The serial console of a workspace's machine.
    ///
    /// # Errors
    /// There is no control plane, or it failed.
    pub async fn console(&self, id: WorkspaceId) -> Result<Console, ConsoleError> {
        match &self.provisioning.backend {
            Backend::ControlPlane(plane) => Ok(plane.console(id).await?),
            Backend::None => Err(ConsoleError::NoControlPlane),
        }
    }
}
