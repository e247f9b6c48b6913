//! The call to the backend, and what is kept of its answer.

use server_store::{
    image_pins,
    workspaces::{facts, machine},
};
use server_types::{WorkspaceId, WorkspaceStatus};
use server_wire::control_plane::ProvisionRequest;

use super::mint::Ready;
use crate::{
    App,
    backends::{
        control_plane::ControlPlane,
        docker::{Docker, DockerError, Start, Started},
    },
};

/// Asks the control plane for a machine.
pub(super) async fn machine(app: &App, plane: &ControlPlane, ready: Ready) -> Result<String, String> {
    let (job, env, _) = ready.into_parts();
    let request = ProvisionRequest {
        org_id: plane.org_id().to_owned(),
        workspace_id: job.id.to_string(),
        runtime: job.runtime,
        tier: job.tier,
        platform_url: app.config.platform_url.clone(),
        env,
    };
    plane.start(&request).await.map(|started| started.instance_id).map_err(|error| error.to_string())
}

/// Puts the machine on file.
pub(super) async fn keep_machine(app: &App, plane: &ControlPlane, id: WorkspaceId, instance: &str) {
    if let Err(error) = machine::set_instance_id(&app.store.db, id, instance).await {
        tracing::error!("CPProvisioner: persist instance_id failed for {id}: {error}");
    }
    tracing::info!("CPProvisioner: workspace {id} started as machine {instance} via control plane");
    if was_removed(app, id).await {
        tracing::warn!("CPProvisioner: workspace {id} was removed while it started: stopping {instance}");
        match plane.stop(id, instance).await {
            Ok(()) => drop(machine::forget_instance_id(&app.store.db, id, instance).await),
            Err(error) => tracing::error!("LEAK-SUSPECT workspace_id={id} instance={instance}: {error}"),
        }
    }
}

/// A container that was started, and the pin it was started from.
pub(super) struct Container {
    started: Started,
    digest: Option<String>,
}

/// Starts a container.
pub(super) async fn container(app: &App, docker: &Docker, ready: Ready) -> Result<Container, DockerError> {
    let (job, env, auth_token) = ready.into_parts();
    let digest = pinned(app, &job.runtime).await;
    // What a caller chose is in the row by now, whoever asked for the start.
    let row = facts::facts(&app.store.db, job.id).await.unwrap_or_else(|error| {
        tracing::warn!(%error, workspace = %job.id, "row not read: starting with defaults");
        None
    });
    let namespace = row.as_ref().and_then(|row| row.awareness_namespace.clone());
    let start = Start {
        id: job.id,
        runtime: job.runtime,
        tier: job.tier,
        env,
        template: job.template,
        files: job.files,
        auth_token,
        workspace_dir: row.as_ref().and_then(|row| row.workspace_dir.clone()),
        workspace_access: row.map(|row| row.workspace_access).unwrap_or_else(|| "none".to_owned()),
        awareness_namespace: namespace.unwrap_or_else(|| format!("workspace:{}", job.id)),
        digest: digest.clone(),
    };
    Ok(Container { started: docker.start(&start).await?, digest })
}

/// The pinned digest of a runtime. Availability beats pinning: a pin that cannot be read is none.
async fn pinned(app: &App, runtime: &str) -> Option<String> {
    if app.config.docker.local_override || !app.runtimes.knows(runtime) {
        return None;
    }
    image_pins::digest(&app.store.db, runtime).await.unwrap_or_else(|error| {
        tracing::warn!(%error, runtime, "image pin not read: starting from the tag");
        None
    })
}

/// Stores where the container is, and stops it when nobody wants it any more.
pub(super) async fn keep_container(app: &App, id: WorkspaceId, container: Container) {
    let Container { started, digest } = container;
    if let Err(error) = machine::set_container(&app.store.db, id, &started.url, digest.as_deref()).await {
        tracing::error!("Provisioner: persist url failed for {id}: {error}");
    }
    let cached = async {
        app.store.cache.set_url(id, &started.url).await?;
        app.store.cache.set_internal_url(id, &started.internal_url).await
    };
    if let Err(error) = cached.await {
        tracing::warn!(%error, workspace = %id, "addresses of the container are not cached");
    }
    tracing::info!("Provisioner: workspace {id} started at {}", started.url);
    if was_removed(app, id).await {
        tracing::warn!("Provisioner: workspace {id} was removed while it started: stopping it");
        match app.retire_backend(id).await {
            Ok(()) => app.clear_cache(id).await,
            Err(error) => tracing::error!("LEAK-SUSPECT workspace_id={id}: {error}"),
        }
    }
}

/// A workspace deleted while it started has nobody left to stop it but us.
async fn was_removed(app: &App, id: WorkspaceId) -> bool {
    matches!(facts::status(&app.store.db, id).await, Ok(None | Some(WorkspaceStatus::Removed)))
}
