//! Starting and stopping what runs a workspace: the one dispatcher over the backends.
//!
//! A start is: entry log -> [`prepare`] (environment) -> [`preflight`] (local: is there a configuration)
//! -> [`mint`] (credentials, committed) -> backend ([`start`]) -> persist. Credentials are committed before the backend is called, because an agent may register
//! from inside the start (a callback once got 401 for days because its row came after a wait).
//! Every way out that is not a started machine goes through [`fail`].

mod containers;
mod fail;
mod mint;
mod preflight;
mod prepare;
mod start;
mod task;

use server_store::{DbError, workspaces::machine};
use server_types::WorkspaceId;
use server_wire::control_plane::Console;

pub use crate::backends::docker::{ConfigFiles, ShortId};
pub(crate) use containers::Containers;
pub use fail::{NO_BACKEND, PROVISIONING_FAILED, START_FAILED};
pub use task::{Job, guarded};

use crate::{
    App,
    backends::{
        Backend, Liveness, NoBackend,
        control_plane::{ControlPlane, CpError},
        docker::{Docker, DockerError},
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
    /// The engine refused or did not answer.
    #[error(transparent)]
    Docker(#[from] DockerError),
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
    /// Chooses the backend once, at boot, and says which. A tenant never asks for an engine.
    pub async fn choose(config: &Config) -> Self {
        let backend = match ControlPlane::of(config) {
            Some(plane) => {
                tracing::info!("Provisioner: Control Plane (auto-detected SaaS tenant)");
                Backend::ControlPlane(plane)
            }
            None => Self::local(config).await,
        };
        Self { backend }
    }

    async fn local(config: &Config) -> Backend {
        match Docker::connect(config).await {
            Ok(docker) => {
                tracing::info!("Provisioner: Docker");
                Backend::Docker(Box::new(docker))
            }
            Err(reason) => {
                tracing::info!("Provisioner disabled (Docker not available): {reason}");
                Backend::None
            }
        }
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

    /// Whether stopping again may help: an engine next door answers for good.
    pub(crate) fn stop_is_worth_retrying(&self) -> bool {
        matches!(self.backend, Backend::ControlPlane(_))
    }

    /// The address under which this process reaches an agent. A published port is on the loopback of the
    /// engine's machine, which is not ours when the server itself is a container.
    pub(crate) fn reachable(&self, id: WorkspaceId, url: String, in_docker: bool) -> String {
        if in_docker && self.docker().is_some() { inside(id, url) } else { url }
    }

    fn docker(&self) -> Option<&Docker> {
        match &self.backend {
            Backend::Docker(docker) => Some(docker),
            Backend::ControlPlane(_) | Backend::None => None,
        }
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
        match &self.provisioning.backend {
            Backend::None => Ok(()),
            Backend::ControlPlane(plane) => self.stop_machine(plane, id).await,
            Backend::Docker(docker) => Ok(docker.stop(&ShortId::of(id)).await.map(drop)?),
        }
    }

    async fn stop_machine(&self, plane: &ControlPlane, id: WorkspaceId) -> Result<(), StopError> {
        let Some(instance) = machine::instance_id(&self.store.db, id).await? else { return Ok(()) };
        plane.stop(id, &instance).await?;
        if let Err(error) = machine::forget_instance_id(&self.store.db, id, &instance).await {
            tracing::warn!(%error, workspace = %id, "the stopped machine stays on file");
        }
        Ok(())
    }

    /// Stops what runs a workspace for good, and removes what it kept for itself on a local engine.
    ///
    /// # Errors
    /// The stop failed; the volumes are left alone then. Volumes that stay are only logged.
    pub async fn retire_backend(&self, id: WorkspaceId) -> Result<(), StopError> {
        match self.provisioning.containers() {
            Some(containers) => Ok(containers.retire(&ShortId::of(id)).await?),
            None => self.stop_backend(id).await,
        }
    }

    /// Whether the backend still runs a workspace.
    pub async fn backend_liveness(&self, id: WorkspaceId) -> Liveness {
        match &self.provisioning.backend {
            Backend::None => Liveness::Unknown(NoBackend.to_string()),
            Backend::ControlPlane(plane) => match machine::instance_id(&self.store.db, id).await {
                Ok(Some(instance)) => plane.liveness(id, &instance).await,
                Ok(None) => Liveness::Gone,
                Err(error) => Liveness::Unknown(error.to_string()),
            },
            Backend::Docker(docker) => docker.liveness(&ShortId::of(id)).await,
        }
    }

    /// The serial console of a workspace's machine.
    ///
    /// # Errors
    /// There is no control plane, or it failed.
    pub async fn console(&self, id: WorkspaceId) -> Result<Console, ConsoleError> {
        match &self.provisioning.backend {
            Backend::ControlPlane(plane) => Ok(plane.console(id).await?),
            Backend::Docker(_) | Backend::None => Err(ConsoleError::NoControlPlane),
        }
    }
}

/// A published port becomes the container's own address; any other is left alone.
fn inside(id: WorkspaceId, url: String) -> String {
    if url.starts_with("http://127.0.0.1:") { ShortId::of(id).internal_url() } else { url }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_published_port_is_rewritten() {
        let id = WorkspaceId::canonical("550e8400-e29b-41d4-a716-446655440000").expect("an id");
        let rewritten = |url: &str| inside(id, url.to_owned());
        assert_eq!(rewritten("http://127.0.0.1:49152"), "http://ws-550e8400-e29:8000");
        for other in ["http://127.0.0.10:1", "https://127.0.0.1:1", "http://agent:8000", "http://10.0.0.1:1"]
        {
            assert_eq!(rewritten(other), other);
        }
    }
}
