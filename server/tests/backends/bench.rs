//! A server on one of its back ends, and the ways to disturb that back end.

use serde_json::json;
use server_app::{
    backends::Liveness,
    provisioning::{Job, PROVISIONING_FAILED, START_FAILED},
};

use crate::support::{
    TestServer,
    acting::id,
    engine::{Engine, RealEngine},
    eventually,
    plane::{ADMIN, Plane, tenant},
};

/// Words of a back end that must not reach anybody.
pub(super) const RAW: &str = "m5.large at /var/lib/secret";

/// A server, and what stands behind its back end.
pub(super) struct Bench {
    pub(super) server: TestServer,
    behind: Behind,
}

enum Behind {
    Nothing,
    Plane(Plane),
    Engine(Engine),
    Real(RealEngine),
}

impl Bench {
    pub(super) async fn none() -> Self {
        let server = TestServer::start([("ADMIN_TOKEN", ADMIN)]).await;
        Self { server, behind: Behind::Nothing }
    }

    pub(super) async fn control_plane() -> Option<Self> {
        let (server, plane) = tenant().await;
        Some(Self { server, behind: Behind::Plane(plane) })
    }

    pub(super) async fn scripted_docker() -> Option<Self> {
        let (server, engine) = Engine::server().await;
        Some(Self { server, behind: Behind::Engine(engine) })
    }

    /// `None` when the machine has no engine, which was said aloud.
    pub(super) async fn real_docker() -> Option<Self> {
        let real = RealEngine::find().await?;
        Some(Self { server: real.server().await, behind: Behind::Real(real) })
    }

    /// The text people read when a start fails.
    pub(super) fn failed_text(&self) -> &'static str {
        match self.behind {
            Behind::Nothing => server_app::provisioning::NO_BACKEND,
            Behind::Plane(_) => PROVISIONING_FAILED,
            Behind::Engine(_) | Behind::Real(_) => START_FAILED,
        }
    }

    /// From now on starts fail with [`RAW`].
    pub(super) fn break_starts(&self) {
        match &self.behind {
            Behind::Nothing | Behind::Real(_) => {}
            Behind::Plane(plane) => plane.script().start = Some((500, RAW.into())),
            Behind::Engine(engine) => engine.script().start = Some((500, RAW.into())),
        }
    }

    /// From now on stops fail with [`RAW`], or succeed again.
    pub(super) fn break_stops(&self, broken: bool) {
        let told = broken.then(|| (500, RAW.to_owned()));
        match &self.behind {
            Behind::Nothing | Behind::Real(_) => {}
            Behind::Plane(plane) => plane.script().stop = told,
            Behind::Engine(engine) => engine.script().remove = told,
        }
    }

    /// From now on nobody can say whether something runs.
    pub(super) fn break_status(&self) {
        match &self.behind {
            Behind::Nothing | Behind::Real(_) => {}
            Behind::Plane(plane) => plane.script().status = Some((500, RAW.into())),
            Behind::Engine(engine) => engine.script().inspect = Some((500, RAW.into())),
        }
    }

    /// What runs the workspace dies without anybody asking for it.
    pub(super) async fn kill(&self, workspace: &str) {
        let container = format!("ws-{}", &workspace[..12]);
        match &self.behind {
            Behind::Nothing => {}
            Behind::Plane(plane) => {
                plane.script().status = Some((200, json!({"state": "terminated"}).to_string()))
            }
            Behind::Engine(engine) => drop(engine.script().containers.remove(&container)),
            Behind::Real(real) => {
                let force =
                    bollard::query_parameters::RemoveContainerOptionsBuilder::new().force(true).build();
                real.docker.remove_container(&container, Some(force)).await.expect("it runs");
            }
        }
    }

    /// Starts a row's workspace and waits for the outcome.
    pub(super) async fn start(&self, workspace: &str) -> bool {
        let job = Job {
            id: id(workspace),
            name: "a".into(),
            role: None,
            tier: 2,
            runtime: "claude-code".into(),
            model: None,
            parent_id: None,
            template: None,
            files: [("config.yaml".to_owned(), b"name: a\n".to_vec())].into(),
        };
        self.server.app.provision_and_wait(job).await
    }

    /// A row that is provisioning and has nothing behind it.
    pub(super) async fn row(&self) -> String {
        let workspace = self.server.workspace("a").await;
        self.server.set_status(&workspace, "provisioning").await;
        workspace
    }

    /// A workspace that runs.
    pub(super) async fn running(&self) -> String {
        let workspace = self.row().await;
        assert!(self.start(&workspace).await);
        assert_eq!(self.liveness(&workspace).await, Liveness::Running);
        workspace
    }

    pub(super) async fn liveness(&self, workspace: &str) -> Liveness {
        self.server.app.backend_liveness(id(workspace)).await
    }

    pub(super) async fn stop(&self, workspace: &str) -> Result<(), String> {
        self.server.app.stop_backend(id(workspace)).await.map_err(|error| error.to_string())
    }

    /// The public text of a workspace that failed; its event says the same.
    pub(super) async fn failure_of(&self, workspace: &str) -> String {
        self.server.becomes(workspace, "failed").await;
        let event = async || self.server.payload_of(workspace, "WORKSPACE_PROVISION_FAILED").await;
        let payload = eventually(event, |payload| !payload.is_null()).await;
        let query = "select last_sample_error from workspaces where id = $1::uuid";
        let stored: String = self.server.sql_value(query, workspace).await;
        assert_eq!(payload, json!({"error": stored}));
        stored
    }
}
