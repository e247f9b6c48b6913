//! Deletes: removed first, stopped after, purged on request.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{
    Answering, TestServer,
    acting::id,
    eventually,
    plane::{Plane, tenant},
};

/// A workspace whose machine is on file.
async fn running(server: &TestServer, name: &str, parent: Option<&str>) -> String {
    let ws = server.created(json!({"name": name, "parent_id": parent})).await;
    machine_of(server, &ws).await;
    ws
}

async fn machine_of(server: &TestServer, workspace: &str) -> String {
    let machine = "select coalesce(instance_id, '') from workspaces where id = $1::uuid";
    eventually(async || server.sql_value::<String>(machine, workspace).await, |found| !found.is_empty()).await
}

fn stops(plane: &Plane) -> Vec<String> {
    plane.calls(&Method::DELETE).into_iter().map(|seen| seen.target).collect()
}

/// Ledger: REG-07, REG-08, REG-49, PROV-09, PROV-53.
#[tokio::test]
async fn a_delete_stops_the_machine_it_started_and_leaves_a_tombstone() {
    let (server, plane) = tenant().await;
    let ws = running(&server, "a", None).await;
    let machine = machine_of(&server, &ws).await;
    assert_eq!(server.delete(&ws, "").await.json(), json!({"status": "removed", "cascade_deleted": 0}));
    assert_eq!(stops(&plane), [format!("/cp/workspaces/{ws}?instance_id={machine}")]);
    let path = format!("/workspaces/{ws}");
    let gone = server.admin(Method::GET, &path).answer().await;
    assert_eq!(gone.status.as_u16(), 410);
    let body = gone.json();
    assert_eq!((&body["error"], &body["id"]), (&json!("workspace removed"), &json!(ws)));
    assert!(body["hint"].as_str().unwrap().starts_with("Regenerate"));
    assert!(chrono::DateTime::parse_from_rfc3339(body["removed_at"].as_str().unwrap()).is_ok());
    let shown = server.admin(Method::GET, &format!("{path}?include_removed=true")).answer().await;
    assert_eq!((shown.status.as_u16(), &shown.json()["status"]), (200, &json!("removed")));
    assert_eq!(server.admin(Method::GET, "/workspaces").answer().await.json(), json!([]));
    assert_eq!(server.payload_of(&ws, "WORKSPACE_REMOVED").await, json!({"cascade_deleted": 0}));

    let again = server.delete(&ws, "").await;
    assert_eq!(again.json(), json!({"status": "removed", "cascade_deleted": 0}));
    assert_eq!(stops(&plane).len(), 1, "nothing runs any more");
    assert_eq!(server.events_of(&ws).await.iter().filter(|name| *name == "WORKSPACE_REMOVED").count(), 1);
    let nobody = server.delete(&uuid::Uuid::new_v4().to_string(), "").await;
    assert_eq!(nobody.status.as_u16(), 200, "{nobody:?}");
    server.delete("not-a-uuid", "").await.refused(400, "invalid workspace ID");
}

/// Ledger: REG-50, REG-51, REG-56, HARN-075.
#[tokio::test]
async fn a_confirmed_delete_takes_every_level_along() {
    let (server, plane) = tenant().await;
    let top = running(&server, "top", None).await;
    let middle = running(&server, "middle", Some(&top)).await;
    let bottom = running(&server, "bottom", Some(&middle)).await;
    let asked = server.delete(&top, "").await;
    assert_eq!(asked.status.as_u16(), 409);
    assert_eq!(
        asked.json(),
        json!({
            "status": "confirmation_required",
            "message": "This workspace has sub-workspaces. Delete with ?confirm=true to cascade delete.",
            "children": [{"id": middle, "name": "middle"}],
            "children_count": 1,
        })
    );
    assert_eq!(server.db_status(&middle).await, "provisioning");
    for ws in [&top, &middle, &bottom] {
        server.token(ws).await;
        let schedule = "insert into workspace_schedules (workspace_id, cron_expr, prompt) values ($1::uuid, '* * * * *', 'x')";
        server.sql(schedule, ws).await;
    }
    let deleted = server.delete(&top, "?confirm=true").await;
    assert_eq!(deleted.json(), json!({"status": "removed", "cascade_deleted": 2}));
    assert_eq!(stops(&plane).len(), 3);
    for ws in [&top, &middle, &bottom] {
        assert_eq!(server.db_status(ws).await, "removed");
        for query in [
            "select count(*) from workspace_auth_tokens where workspace_id = $1::uuid and revoked_at is null",
            "select count(*) from workspace_schedules where workspace_id = $1::uuid and enabled",
            "select count(*) from canvas_layouts where workspace_id = $1::uuid",
        ] {
            assert_eq!(server.count(query, ws).await, 0, "{query}");
        }
    }
    assert_eq!(server.payload_of(&bottom, "WORKSPACE_REMOVED").await, json!({}));
    assert_eq!(server.payload_of(&top, "WORKSPACE_REMOVED").await, json!({"cascade_deleted": 2}));
}

/// Ledger: REG-47, REG-54, PROV-10, HARN-076.
#[tokio::test]
async fn a_failed_stop_is_loud_names_ids_alone_and_can_be_tried_again() {
    let (server, plane) = tenant().await;
    let top = running(&server, "top", None).await;
    let child = running(&server, "child", Some(&top)).await;
    plane.script().stop = Some((500, r#"{"error":"ami-123 in vpc-9 is stuck"}"#.into()));
    let failed = server.delete(&top, "?confirm=true&purge=true").await;
    assert_eq!(failed.status.as_u16(), 500);
    let body = failed.json();
    assert_eq!(
        body["error"],
        format!(
            "workspace marked removed, but 2 stop call(s) failed — please retry: stop {child}, stop {top}"
        )
    );
    assert_eq!((&body["removed_count"], &body["stop_failures"]), (&json!(2), &json!(2)));
    assert_eq!(server.db_status(&child).await, "removed", "nothing is purged over a running machine");
    plane.script().stop = None;
    let retried = server.delete(&top, "?confirm=true").await;
    assert_eq!(retried.json(), json!({"status": "removed", "cascade_deleted": 1}));
    assert_eq!(stops(&plane).len(), 4, "both were stopped again");
}

/// Ledger: REG-53.
#[tokio::test]
async fn the_clean_up_goes_on_when_the_caller_goes_away() {
    let (server, plane) = tenant().await;
    let top = running(&server, "top", None).await;
    running(&server, "child", Some(&top)).await;
    plane.hold_stops();
    let request = server.admin(Method::DELETE, &format!("/workspaces/{top}?confirm=true")).send();
    let caller = tokio::spawn(request);
    eventually(async || stops(&plane).len(), |count| *count == 1).await;
    caller.abort();
    assert!(caller.await.unwrap_err().is_cancelled());
    plane.let_stop(10);
    eventually(async || stops(&plane).len(), |count| *count == 2).await;
    eventually(async || server.payload_of(&top, "WORKSPACE_REMOVED").await, |payload| !payload.is_null())
        .await;
}

/// Ledger: REG-59.
#[tokio::test]
async fn a_purge_erases_the_row_and_all_that_hangs_on_it() {
    let (server, _) = tenant().await;
    let top = running(&server, "top", None).await;
    let child = running(&server, "child", Some(&top)).await;
    let other = running(&server, "other", None).await;
    server.sql("update workspaces set forwarded_to = $1::uuid where name = 'other'", &child).await;
    for ws in [&top, &child] {
        server.token(ws).await;
        for statement in [
            "insert into workspace_secrets (workspace_id, key, encrypted_value) values ($1::uuid, 'k', 'v')",
            "insert into agent_memories (workspace_id, content, scope) values ($1::uuid, 'x', 'LOCAL')",
            "insert into activity_logs (workspace_id, activity_type) values ($1::uuid, 'agent_log')",
            "insert into approval_requests (workspace_id, action) values ($1::uuid, 'x')",
            "insert into agents (workspace_id, model) values ($1::uuid, 'x')",
            "insert into a2a_queue (workspace_id, body) values ($1::uuid, '{}')",
        ] {
            server.sql(statement, ws).await;
        }
    }
    let purged = server.delete(&top, "?confirm=true&purge=true").await;
    assert_eq!(purged.json(), json!({"status": "purged", "cascade_deleted": 1}));
    for ws in [&top, &child] {
        for query in [
            "select count(*) from workspaces where id = $1::uuid",
            "select count(*) from workspace_secrets where workspace_id = $1::uuid",
            "select count(*) from agent_memories where workspace_id = $1::uuid",
            "select count(*) from activity_logs where workspace_id = $1::uuid",
            "select count(*) from workspace_auth_tokens where workspace_id = $1::uuid",
        ] {
            assert_eq!(server.count(query, ws).await, 0, "{query}");
        }
        assert!(server.events_of(ws).await.contains(&"WORKSPACE_REMOVED".to_owned()), "history stays");
    }
    let forwarded = "select count(*) from workspaces where id = $1::uuid and forwarded_to is null";
    assert_eq!(server.count(forwarded, &other).await, 1);
    let path = format!("/workspaces/{top}");
    server.admin(Method::GET, &path).answer().await.refused(404, "workspace not found");
}

/// Ledger: REG-55.
#[tokio::test]
async fn nothing_of_a_deleted_workspace_is_remembered_outside_the_database() {
    let (server, _) = tenant().await;
    let ws = running(&server, "a", None).await;
    let token = server.registered(&ws).await;
    let declared: Value = json!({"runtime_metadata": {"idle_timeout_seconds": 600}});
    server.beat(&ws, &token, declared).await;
    assert!(server.app.overrides.idle_timeout(id(&ws)).is_some());
    server.delete(&ws, "").await;
    assert!(server.app.overrides.idle_timeout(id(&ws)).is_none());
    assert!(!server.app.store.cache.is_alive(id(&ws)).await.unwrap());
}
