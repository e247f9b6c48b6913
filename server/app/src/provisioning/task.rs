//! The body of one start. Every way out leaves exactly one outcome line in the log, and a panic
//! neither ends the process nor leaves the row in `provisioning` (#2486).

use std::{panic::AssertUnwindSafe, path::PathBuf, time::Duration};

use futures_util::FutureExt;
use serde_json::{Map, Value};
use server_types::WorkspaceId;

use super::{
    fail,
    mint::{Ready, mint},
    preflight, prepare, start,
};
use crate::{
    App,
    backends::{
        Backend, NoBackend,
        control_plane::ControlPlane,
        docker::{ConfigFiles, ShortId},
    },
    tasks::{panic_text, take_backtrace},
};

/// Longest a start may take.
const BODY_DEADLINE: Duration = Duration::from_secs(180);

/// What to start.
#[derive(Clone)]
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
    /// Template that a local start copies; without one the volume keeps what it has.
    pub template: Option<PathBuf>,
    /// Files that a local start writes over it.
    pub files: ConfigFiles,
}

/// Runs the start to its end; failures are stored and announced here.
pub(super) async fn run(app: &App, job: Job) {
    let backend = &app.provisioning.backend;
    if !matches!(backend, Backend::None) {
        guarded(app, job.id, body(app, backend, job)).await;
    }
}

/// Keeps a panic of a start inside and turns it into a failed workspace. Every start runs in it; it is
/// public so that the promise can be proved without a backend that panics.
pub async fn guarded(app: &App, id: WorkspaceId, body: impl Future<Output = ()>) {
    crate::tasks::capture_backtraces();
    if let Err(panic) = AssertUnwindSafe(body).catch_unwind().await {
        tracing::error!(
            "Provisioner: PANIC during provision goroutine for {id} (mode={}): {}\n{}",
            Words::of(&app.provisioning.backend).mode,
            panic_text(panic.as_ref()),
            take_backtrace()
        );
        fail::provisioning(app, id, fail::PANICKED, Map::new()).await;
    }
}

/// How a backend is called in the log, and what people read when it did not start.
struct Words {
    provisioner: &'static str,
    mode: &'static str,
    failed: &'static str,
}

impl Words {
    fn of(backend: &Backend) -> Self {
        match backend {
            Backend::Docker(_) => {
                Self { provisioner: "Provisioner", mode: "docker", failed: fail::START_FAILED }
            }
            Backend::ControlPlane(_) | Backend::None => {
                Self { provisioner: "CPProvisioner", mode: "cp", failed: fail::PROVISIONING_FAILED }
            }
        }
    }
}

async fn body(app: &App, backend: &Backend, job: Job) {
    let id = job.id;
    let Words { provisioner, mode, failed } = Words::of(backend);
    tracing::info!("{provisioner}: goroutine entered for {id} (runtime={}, mode={mode})", job.runtime);
    let ready = match ready(app, backend, job).await {
        Ok(ready) => ready,
        Err((refused, extra)) => {
            tracing::warn!("{provisioner}: prepare failed for {id}: {refused}");
            return fail::provisioning(app, id, &refused, extra).await;
        }
    };
    let raw = match tokio::time::timeout(BODY_DEADLINE, start(app, backend, ready)).await {
        Ok(Ok(started)) => return started.keep(app, id).await,
        Ok(Err(raw)) => raw,
        Err(_) => {
            abandon(backend, id).await;
            format!("no answer within {} s", BODY_DEADLINE.as_secs())
        }
    };
    tracing::error!("{provisioner}: workspace start failed for {id}: {raw}");
    fail::provisioning(app, id, failed, Map::new()).await;
}

/// Everything before the backend is called; the refusal is public text, and what the event adds to it.
async fn ready(app: &App, backend: &Backend, job: Job) -> Result<Ready, (String, Map<String, Value>)> {
    let refused = |refused: prepare::PrepareRefused| (refused.to_string(), refused.extra());
    let mut prepared = prepare::prepare(app, job).await.map_err(refused)?;
    if let Backend::Docker(docker) = backend {
        let refused = |refused: preflight::NoConfiguration| (refused.to_string(), Map::new());
        prepared = preflight::check(app, docker, prepared).await.map_err(refused)?;
    }
    Ok(mint(app, prepared).await)
}

/// What runs now, and must be put on file.
enum Started<'b> {
    Machine(&'b ControlPlane, String),
    Container(start::Container),
}

impl Started<'_> {
    async fn keep(self, app: &App, id: WorkspaceId) {
        match self {
            Self::Machine(plane, instance) => start::keep_machine(app, plane, id, &instance).await,
            Self::Container(container) => start::keep_container(app, id, container).await,
        }
    }
}

async fn start<'b>(app: &App, backend: &'b Backend, ready: Ready) -> Result<Started<'b>, String> {
    match backend {
        Backend::None => Err(NoBackend.to_string()),
        Backend::ControlPlane(plane) => {
            start::machine(app, plane, ready).await.map(|instance| Started::Machine(plane, instance))
        }
        Backend::Docker(docker) => start::container(app, docker, ready)
            .await
            .map(Started::Container)
            .map_err(|error| error.to_string()),
    }
}

/// A start that was cut short may have got as far as a container; a machine has no name to stop it by.
async fn abandon(backend: &Backend, id: WorkspaceId) {
    if let Backend::Docker(docker) = backend
        && let Err(error) = docker.stop(&ShortId::of(id)).await
    {
        tracing::error!("LEAK-SUSPECT workspace_id={id}: {error}");
    }
}
