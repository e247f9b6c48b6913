//! Starts through the control plane: what is sent, what is kept, how it fails.

use std::path::Path;

use http::header;
use reqwest::Method;
use serde_json::json;

use crate::support::{
    Answering, TestServer,
    acting::id,
    eventually,
    plane::{ADMIN, ORG, Plane, tenant},
};

async fn started(plane: &Plane, count: usize) -> Vec<serde_json::Value> {
    eventually(async || plane.starts(), |starts| starts.len() == count).await
}

async fn failed(server: &TestServer, workspace: &str) -> String {
    server.becomes(workspace, "failed").await;
    eventually(async || server.events_of(workspace).await.len(), |count| *count == 2).await;
    server.sql_value("select last_sample_error from workspaces where id = $1::uuid", workspace).await
}

/// Ledger: PROV-07, PROV-31, PROV-41, PROV-36, EDGE-15.
#[tokio::test]
async fn a_start_carries_the_org_the_environment_and_nothing_of_another_workspace() {
    let (server, plane) = tenant().await;
    server
        .sql("insert into global_secrets (key, encrypted_value) values ('SHARED', $1::bytea)", "global")
        .await;
    server.sql("insert into global_secrets (key, encrypted_value) values ('OWN', $1::bytea)", "global").await;
    plane.hold_starts();
    let parent = server.created(json!({"name": "Top Dog", "model": "minimax/m2", "runtime": "hermes"})).await;
    let first = started(&plane, 1).await.remove(0);
    let inbound = "select coalesce(platform_inbound_secret, '') from workspaces where id = $1::uuid";
    assert_eq!(
        server.sql_value::<String>(inbound, &parent).await.len(),
        43,
        "stored before the backend is asked"
    );
    plane.let_start(10);
    assert_eq!(
        (&first["org_id"], &first["workspace_id"], &first["runtime"], &first["tier"], &first["platform_url"]),
        (&json!(ORG), &json!(parent), &json!("hermes"), &json!(3), &json!("http://platform.test"))
    );
    let env = &first["env"];
    assert_eq!(
        (&env["SHARED"], &env["MODEL"], &env["HERMES_DEFAULT_MODEL"]),
        (&json!("global"), &json!("minimax/m2"), &json!("minimax/m2"))
    );
    assert_eq!(env["GIT_AUTHOR_EMAIL"], "top-dog@agents.moleculesai.app");
    assert!(env.get("PARENT_ID").is_none(), "{env}");
    let child = json!({"name": "b", "parent_id": parent, "role": "helper", "secrets": {"OWN": "mine"}});
    server.created(child).await;
    let second = started(&plane, 2).await.remove(1);
    let env = &second["env"];
    assert_eq!(
        (&env["OWN"], &env["PARENT_ID"], &env["MOLECULE_AGENT_ROLE"]),
        (&json!("mine"), &json!(parent), &json!("helper"))
    );
    assert!(env.get("MODEL").is_none() && env.get("HERMES_DEFAULT_MODEL").is_none(), "{env}");
}

/// Ledger: PROV-55, PROV-94.
#[tokio::test]
async fn each_call_carries_its_bearer_and_the_tenants_identity() {
    let (server, plane) = tenant().await;
    let ws = server.created(json!({"name": "a"})).await;
    let machine = "select coalesce(instance_id, '') from workspaces where id = $1::uuid";
    eventually(async || server.sql_value::<String>(machine, &ws).await, |found| !found.is_empty()).await;
    let console = server.admin(Method::GET, &format!("/workspaces/{ws}/console")).answer().await;
    assert_eq!(console.json(), json!({"output": "booted"}));
    server.delete(&ws, "").await;
    for (method, bearer) in [
        (Method::POST, "Bearer the-shared-secret"),
        (Method::DELETE, "Bearer the-shared-secret"),
        (Method::GET, "Bearer the-console-token"),
    ] {
        let seen = plane.calls(&method).remove(0);
        assert_eq!(seen.headers[header::AUTHORIZATION], bearer, "{method}");
        assert_eq!(seen.headers["x-molecule-admin-token"], ADMIN, "{method}");
    }
    plane.script().console = Some((500, "vpc-9 is down".into()));
    let failing = server.admin(Method::GET, &format!("/workspaces/{ws}/console")).answer().await;
    failing.refused(502, "control plane returned an error fetching console output");
    let none = TestServer::start([("ADMIN_TOKEN", ADMIN)]).await;
    let none = none.admin(Method::GET, &format!("/workspaces/{ws}/console")).answer().await;
    none.refused(501, "console output unavailable on this deployment (no control plane)");
}

/// Ledger: PROV-55.
#[tokio::test]
async fn an_unset_secret_sends_no_header() {
    let (plane, address) = Plane::start().await;
    let url = format!("http://{address}");
    let server = TestServer::start([("MOLECULE_ORG_ID", ORG), ("MOLECULE_CP_URL", url.as_str())]).await;
    let created = server
        .post("/workspaces")
        .header("X-Molecule-Org-Id", ORG)
        .json(&json!({"name": "a"}))
        .answer()
        .await;
    assert_eq!(created.status.as_u16(), 201, "{created:?}");
    started(&plane, 1).await;
    let seen = plane.calls(&Method::POST).remove(0);
    assert!(
        !seen.headers.contains_key(header::AUTHORIZATION)
            && !seen.headers.contains_key("x-molecule-admin-token")
    );
}

/// Ledger: PROV-02, PROV-21, REG-66, HARN-085, EDGE-53.
#[tokio::test]
async fn any_answer_but_a_201_with_a_machine_fails_the_workspace_in_canned_words() {
    let (server, plane) = tenant().await;
    let machine = r#"{"instance_id":"i-1","private_ip":"10.0.0.1","state":"running"}"#;
    for (status, body) in [
        (200, machine),
        (201, r#"{"state":"running"}"#),
        (201, "<html>"),
        (401, ""),
        (500, r#"{"error":"m5.large ami-123 vpc-9 Bearer the-shared-secret"}"#),
    ] {
        plane.script().start = Some((status, body.into()));
        let ws = server.created(json!({"name": "a"})).await;
        assert_eq!(failed(&server, &ws).await, "provisioning failed", "{status} {body}");
        let payload = server.payload_of(&ws, "WORKSPACE_PROVISION_FAILED").await;
        assert_eq!(payload, json!({"error": "provisioning failed"}), "{status} {body}");
        let shown = server.admin(Method::GET, "/workspaces").answer().await.body;
        assert!(!shown.contains("ami-123") && !shown.contains("the-shared-secret"));
    }
}

/// Ledger: PROV-22, REG-67, HARN-085, EDGE-54.
#[tokio::test]
async fn a_secret_that_does_not_open_stops_the_start_without_saying_which() {
    let (server, plane) = tenant().await;
    let broken = server.created(json!({"name": "a", "secrets": {"QUIET_KEY": "v"}})).await;
    started(&plane, 1).await;
    server
        .sql(
            "insert into global_secrets (key, encrypted_value, encryption_version) values ($1, 'x', 99)",
            "QUIET_KEY",
        )
        .await;
    let ws = server.created(json!({"name": "b"})).await;
    assert_eq!(failed(&server, &ws).await, "failed to decrypt global secret");
    let payload = server.payload_of(&ws, "WORKSPACE_PROVISION_FAILED").await;
    assert_eq!(payload, json!({"error": "failed to decrypt global secret"}));
    assert_eq!(plane.starts().len(), 1, "the backend was never asked for {broken}'s sibling");
}

/// Ledger: PROV-05, REG-119.
#[tokio::test]
async fn seven_starts_at_once_are_seven_calls_and_seven_outcomes() {
    let (server, plane) = tenant().await;
    plane.script().start = Some((500, "no".into()));
    let creates = (0..7).map(|number| server.created(json!({"name": format!("w{number}")})));
    let ids = futures_util::future::join_all(creates).await;
    let starts = started(&plane, 7).await;
    for ws in &ids {
        assert_eq!(starts.iter().filter(|start| start["workspace_id"] == **ws).count(), 1);
        failed(&server, ws).await;
        assert_eq!(server.events_of(ws).await, ["WORKSPACE_PROVISIONING", "WORKSPACE_PROVISION_FAILED"]);
    }
}

/// Ledger: REG-117.
#[tokio::test]
async fn a_create_is_answered_while_the_backend_still_thinks() {
    let (server, plane) = tenant().await;
    plane.hold_starts();
    let ws = server.created(json!({"name": "a"})).await;
    started(&plane, 1).await;
    assert_eq!(server.db_status(&ws).await, "provisioning");
    plane.let_start(1);
}

/// Ledger: PROV-08.
#[tokio::test]
async fn an_agent_may_register_before_its_start_is_answered() {
    let (server, plane) = tenant().await;
    plane.hold_starts();
    let ws = server.created(json!({"name": "a"})).await;
    started(&plane, 1).await;
    let token = server.registered(&ws).await;
    assert_eq!(server.db_status(&ws).await, "online");
    plane.let_start(1);
    let machine = "select coalesce(instance_id, '') from workspaces where id = $1::uuid";
    eventually(async || server.sql_value::<String>(machine, &ws).await, |found| !found.is_empty()).await;
    assert_eq!(server.db_status(&ws).await, "online");
    assert_eq!(
        server.beat(&ws, &token, json!({})).await.status.as_u16(),
        200,
        "its first token still counts"
    );
}

#[tokio::test]
async fn a_start_that_fails_after_the_agent_came_changes_nothing() {
    let (server, plane) = tenant().await;
    plane.hold_starts();
    plane.script().start = Some((500, "no".into()));
    let ws = server.created(json!({"name": "a"})).await;
    started(&plane, 1).await;
    server.registered(&ws).await;
    plane.let_start(1);
    server.app.context.tasks.close();
    server.app.context.tasks.wait().await;
    assert_eq!(server.db_status(&ws).await, "online");
    assert!(!server.events_of(&ws).await.contains(&"WORKSPACE_PROVISION_FAILED".to_owned()));
}

#[tokio::test]
async fn a_workspace_deleted_while_it_starts_leaves_no_machine_behind() {
    let (server, plane) = tenant().await;
    for query in ["", "?purge=true"] {
        plane.hold_starts();
        let before = plane.calls(&Method::DELETE).len();
        let ws = server.created(json!({"name": "a"})).await;
        let starts = plane.starts().len();
        eventually(async || plane.starts().len(), |count| *count >= starts.max(1)).await;
        assert_eq!(server.delete(&ws, query).await.status.as_u16(), 200);
        plane.let_start(10);
        let stopped = async || plane.calls(&Method::DELETE).len() - before;
        eventually(stopped, |count| *count == 1).await;
    }
}

/// Ledger: PROV-19, REG-120.
#[tokio::test]
async fn a_panic_in_a_start_fails_the_workspace_and_nothing_else() {
    let server = TestServer::start([("ADMIN_TOKEN", ADMIN)]).await;
    let ws = server.workspace("a").await;
    server.set_status(&ws, "provisioning").await;
    let panicking = async { panic!("the token is hunter2") };
    server_app::provisioning::guarded(&server.app, id(&ws), panicking).await;
    assert_eq!(server.db_status(&ws).await, "failed");
    assert_eq!(
        server.payload_of(&ws, "WORKSPACE_PROVISION_FAILED").await,
        json!({"error": "provision panic"})
    );
    let stored: String =
        server.sql_value("select last_sample_error from workspaces where id = $1::uuid", &ws).await;
    assert_eq!(stored, "provision panic");
    assert_eq!(server.get("/health").status().await, 200);
    server_app::provisioning::guarded(&server.app, id(&ws), async {}).await;
    assert_eq!(server.events_of(&ws).await.len(), 1, "a start that ends well announces no failure");
    server.app.store.db.close().await;
    server_app::provisioning::guarded(&server.app, id(&ws), async { panic!("again") }).await;
}

/// Ledger: PROV-29.
#[test]
fn nothing_but_the_dispatcher_reaches_a_backend() {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    for folder in ["app/src", "src"] {
        look_below(&sources.join(folder), &mut |path, text| {
            let inside = path
                .ancestors()
                .any(|up| up.ends_with("app/src/backends") || up.ends_with("app/src/provisioning"));
            if !inside && reaches_a_backend(text) {
                found.push(path.display().to_string());
            }
        });
    }
    assert_eq!(
        found,
        Vec::<String>::new(),
        "start and stop through App::provision_detached and App::stop_backend"
    );
    assert!(reaches_a_backend("use crate::backends::control_plane::ControlPlane;"));
    assert!(reaches_a_backend("use crate::backends::docker::Docker;"));
    assert!(reaches_a_backend("match backend { Backend::None => {} }"));
    assert!(!reaches_a_backend("use crate::{backends::Liveness, config::ControlPlane};"));
}

fn reaches_a_backend(text: &str) -> bool {
    let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    let inside = ["backends::control_plane", "backends::docker", "Backend::"];
    code.into_iter().any(|line| inside.iter().any(|word| line.contains(word)))
}

fn look_below(folder: &Path, look: &mut impl FnMut(&Path, &str)) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            look_below(&path, look);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            look(&path, &std::fs::read_to_string(&path).unwrap());
        }
    }
}
