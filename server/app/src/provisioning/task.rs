//! The body of one start. Every way out leaves exactly one outcome line in the log, and a panic
//! neither ends the process nor leaves the row in `provisioning` (#2486).

use std::{panic::AssertUnwindSafe, time::Duration};

use futures_util::FutureExt;
use serde_json::Map;
use server_store::workspaces::{facts, machine};
use server_types::{WorkspaceId, WorkspaceStatus};
use server_wire::control_plane::ProvisionRequest;

use super::{
    fail,
    mint::{Ready, mint},
    prepare::prepare,
};
use crate::{
    App,
    backends::{Backend, control_plane::ControlPlane},
    tasks::{panic_text, take_backtrace},
};

/// Longest a start may take.
const BODY_DEADLINE: Duration = Duration::from_secs(180);

/// What to start.
#[derive(Clone, Debug)]
pub struct Job {
    /// The workspace.
    pub id: WorkspaceId,
    /// Its name, for the agent's git identity.
    pub name: String,
    /// What the agent is for.
    pub role: Option<String>,
    /// Size class.
    pub tier: i32,
    /// Allow-listed runtime.
    pub runtime: String,
    /// Model chosen by the caller; else the stored one.
    pub model: Option<String>,
    /// Parent in the hierarchy.
    pub parent_id: Option<WorkspaceId>,
}

/// Runs the start to its end; failures are stored and announced here.
pub(super) async fn run(app: &App, job: Job) {
    let Backend::ControlPlane(plane) = &app.provisioning.backend else { return };
    guarded(app, job.id, body(app, plane, job)).await;
}

/// Keeps a panic of a start inside and turns it into a failed workspace. Every start runs in it; it is
/// public so that the promise can be proved without a backend that panics.
pub async fn guarded(app: &App, id: WorkspaceId, body: impl Future<Output = ()>) {
    crate::tasks::capture_backtraces();
    if let Err(panic) = AssertUnwindSafe(body).catch_unwind().await {
        tracing::error!(
            "Provisioner: PANIC during provision goroutine for {id} (mode=cp): {}\n{}",
            panic_text(panic.as_ref()),
            take_backtrace()
        );
        fail::provisioning(app, id, fail::PANICKED, Map::new()).await;
    }
}

async fn body(app: &App, plane: &ControlPlane, job: Job) {
    let id = job.id;
    tracing::info!("CPProvisioner: goroutine entered for {id} (runtime={}, mode=cp)", job.runtime);
    let prepared = match prepare(app, job).await {
        Ok(prepared) => prepared,
        Err(refused) => {
            tracing::warn!("CPProvisioner: prepare failed for {id}: {refused}");
            return fail::provisioning(app, id, &refused.to_string(), Map::new()).await;
        }
    };
    let ready = mint(app, prepared).await;
    let raw = match tokio::time::timeout(BODY_DEADLINE, start(app, plane, ready)).await {
        Ok(Ok(instance)) => return keep(app, plane, id, &instance).await,
        Ok(Err(raw)) => raw,
        Err(_) => format!("no answer within {} s", BODY_DEADLINE.as_secs()),
    };
    tracing::error!("CPProvisioner: workspace start failed for {id}: {raw}");
    fail::provisioning(app, id, fail::PROVISIONING_FAILED, Map::new()).await;
}

async fn start(app: &App, plane: &ControlPlane, ready: Ready) -> Result<String, String> {
    let (job, env) = ready.into_parts();
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

/// Puts the machine on file. A workspace deleted while it started has nobody left to stop it but us.
async fn keep(app: &App, plane: &ControlPlane, id: WorkspaceId, instance: &str) {
    if let Err(error) = machine::set_instance_id(&app.store.db, id, instance).await {
        tracing::error!("CPProvisioner: persist instance_id failed for {id}: {error}");
    }
    tracing::info!("CPProvisioner: workspace {id} started as machine {instance} via control plane");
    if let Ok(None | Some(WorkspaceStatus::Removed)) = facts::status(&app.store.db, id).await {
        tracing::warn!("CPProvisioner: workspace {id} was removed while it started: stopping {instance}");
        match plane.stop(id, instance).await {
            Ok(()) => drop(machine::forget_instance_id(&app.store.db, id, instance).await),
            Err(error) => tracing::error!("LEAK-SUSPECT workspace_id={id} instance={instance}: {error}"),
        }
    }
}
