//! Agents that are dead, asleep, or only look like it, on a tenant with a control plane.

use reqwest::Method;
use serde_json::json;

use super::*;
use crate::support::{
    Answering as _, nobody,
    plane::{ORG, Plane, tenant},
};

struct Scene {
    server: TestServer,
    plane: Plane,
    target: String,
}

/// A workspace on a machine, whose agent answers 502.
async fn scene() -> Scene {
    let (server, plane) = tenant().await;
    let agent = agent_answering(502, "text/html", "<html>gateway</html>").await;
    let target = workspace_at(&server, "fallen", &agent.url()).await;
    server.sql("update workspaces set instance_id = 'i-old' where id::text = $1", &target).await;
    Scene { server, plane, target }
}

impl Scene {
    fn machine_is(&self, status: u16, body: &str) {
        self.plane.script().status = Some((status, body.to_owned()));
    }

    async fn send(&self) -> crate::support::Answer {
        let request = post(&self.server, &self.target, &text_message("hi"));
        request.header("X-Molecule-Org-Id", ORG).answer().await
    }

    async fn status(&self) -> String {
        self.server.sql_value("select status::text from workspaces where id::text = $1", &self.target).await
    }

    async fn offline_events(&self) -> i64 {
        let query = "select count(*) from structure_events \
                     where workspace_id::text = $1 and event_type = 'WORKSPACE_OFFLINE'";
        self.server.sql_value(query, &self.target).await
    }
}

/// Ledger: A2A-04, A2A-06, PROV-27.
#[tokio::test]
async fn a_dead_agent_is_a_503_goes_offline_and_is_started_anew_on_the_control_plane() {
    let scene = scene().await;
    scene.machine_is(200, r#"{"state":"terminated"}"#);
    let answer = scene.send().await;
    answer.refused(503, "workspace agent unreachable — container restart triggered");
    assert_eq!((&answer.json()["restarting"], &answer.json()["retry_after"]), (&json!(true), &json!(15)));
    assert_eq!(answer.header("retry-after"), "15");
    assert_eq!(scene.offline_events().await, 1);
    eventually(async || scene.plane.starts().len(), |starts| *starts == 1).await;
    let stops = scene.plane.calls(&Method::DELETE);
    assert_eq!(stops.len(), 1);
    assert!(stops[0].target.contains("instance_id=i-old"), "{stops:?}");
    assert_eq!(scene.plane.starts()[0]["workspace_id"], json!(scene.target));
    let machine = "select coalesce(instance_id, '') from workspaces where id::text = $1";
    let machine = async || scene.server.sql_value::<String>(machine, &scene.target).await;
    let machine = eventually(machine, |machine| machine.starts_with("i-") && machine != "i-old").await;
    assert_ne!(machine, "i-old");
    assert_eq!(scene.status().await, "provisioning");
    assert_eq!(the_row(&scene.server, &scene.target).await["status"], "error");
}

/// Ledger: A2A-06.
#[tokio::test]
async fn an_agent_nobody_reaches_on_a_dead_machine_is_restarted_too() {
    let scene = scene().await;
    set(&scene.server, &scene.target, "url", &nobody()).await;
    scene.machine_is(200, r#"{"state":"stopped"}"#);
    scene.send().await.refused(503, "workspace agent unreachable — container restart triggered");
    eventually(async || scene.plane.starts().len(), |starts| *starts == 1).await;
}

/// Ledger: A2A-48, A2A-49.
#[tokio::test]
async fn a_machine_that_runs_or_may_run_is_left_alone() {
    for (status, body) in [(200, r#"{"state":"running"}"#), (500, "boom"), (200, "not json"), (404, "{}")] {
        let scene = scene().await;
        scene.machine_is(status, body);
        scene.send().await.refused(502, "Bad Gateway");
        assert_eq!(
            (scene.status().await.as_str(), scene.offline_events().await),
            ("online", 0),
            "{status} {body}"
        );
        assert!(
            scene.plane.calls(&Method::DELETE).is_empty() && scene.plane.starts().is_empty(),
            "{status} {body}"
        );
    }
}

/// Ledger: A2A-49.
#[tokio::test]
async fn an_external_agent_is_never_asked_after() {
    let scene = scene().await;
    scene.server.sql("update workspaces set runtime = 'external' where id::text = $1", &scene.target).await;
    scene.machine_is(200, r#"{"state":"terminated"}"#);
    scene.send().await.refused(502, "Bad Gateway");
    assert!(scene.plane.calls(&Method::GET).is_empty());
    assert_eq!(scene.status().await, "online");
}

/// Ledger: A2A-05, PROV-35.
#[tokio::test]
async fn a_status_that_no_dead_agent_gives_asks_nobody() {
    for status in [500, 520, 525, 429] {
        let scene = scene().await;
        let agent = agent_answering(status, "application/json", "{}").await;
        set(&scene.server, &scene.target, "url", &agent.url()).await;
        scene.machine_is(200, r#"{"state":"terminated"}"#);
        assert_eq!(scene.send().await.status.as_u16(), status);
        assert!(scene.plane.calls(&Method::GET).is_empty(), "{status}");
    }
}

/// Ledger: A2A-114.
#[tokio::test]
async fn a_message_wakes_a_sleeping_agent_once() {
    let scene = scene().await;
    scene.plane.hold_starts();
    set(&scene.server, &scene.target, "url", "").await;
    set(&scene.server, &scene.target, "status", "hibernated").await;
    let answers = futures_util::future::join_all((0..5).map(|_| scene.send())).await;
    for answer in answers {
        // Once the first has woken it, the others find it starting.
        match answer.json()["waking"] == json!(true) {
            true => {
                answer.refused(503, "workspace is waking from hibernation — retry in ~15 seconds");
                assert_eq!(
                    (answer.header("retry-after").as_str(), &answer.json()["retry_after"]),
                    ("15", &json!(15))
                );
            }
            false => answer.refused(503, "workspace has no URL"),
        }
    }
    eventually(async || scene.plane.starts().len(), |starts| *starts == 1).await;
    assert_eq!(scene.status().await, "provisioning");
    scene.plane.let_start(1);
}

#[tokio::test]
async fn without_a_backend_a_sleeping_agent_has_no_address_and_is_not_promised_to_wake() {
    let server = server().await;
    let target = server.workspace("asleep").await;
    set(&server, &target, "status", "hibernated").await;
    let answer = post(&server, &target, &text_message("hi")).answer().await;
    answer.refused(503, "workspace has no URL");
    assert_eq!(answer.json()["status"], "hibernated");
}
