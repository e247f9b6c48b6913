//! Sweeps: each run looks, moves what its guard allows, and says what it did.

use std::time::Duration;

use serde_json::json;
use server_app::sweeps::Report;
use server_store::status;
use server_types::Trigger;

use crate::support::{
    TestServer,
    acting::id,
    eventually,
    plane::{ADMIN, tenant},
};

const AGE: &str = "update workspaces set last_heartbeat_at = now() - interval '100 s',
                   updated_at = now() - interval '100 s' where id = $1::uuid";

/// Ledger: REG-03, PROV-33, EDGE-99.
#[tokio::test]
async fn a_silent_external_workspace_waits_for_its_agent_on_a_tenant_without_docker() {
    let (server, _) = tenant().await;
    let silent = server.workspace("silent").await;
    let never_beat = server.workspace("never").await;
    let internal = server.workspace("internal").await;
    let fresh = server.workspace("fresh").await;
    for ws in [&silent, &never_beat, &fresh] {
        server.sql("update workspaces set runtime = 'external' where id = $1::uuid", ws).await;
    }
    for ws in [&silent, &internal, &never_beat] {
        server.sql(AGE, ws).await;
    }
    server.sql("update workspaces set last_heartbeat_at = null where id = $1::uuid", &never_beat).await;
    server.set_status(&silent, "degraded").await;
    server.app.store.cache.mark_alive(id(&silent), Duration::from_secs(60)).await.unwrap();
    assert_eq!(server.app.sweep_health().await, Report { examined: 2, changed: 2, errors: 0 });
    for (ws, status) in [
        (&silent, "awaiting_agent"),
        (&never_beat, "awaiting_agent"),
        (&internal, "online"),
        (&fresh, "online"),
    ] {
        assert_eq!(server.db_status(ws).await, status);
    }
    assert_eq!(server.payload_of(&silent, "WORKSPACE_OFFLINE").await, json!({"status": "awaiting_agent"}));
    assert!(!server.app.store.cache.is_alive(id(&silent)).await.unwrap());
    assert_eq!(server.app.sweep_health().await, Report::default(), "a second run finds nothing");
}

/// Ledger: REG-83.
#[tokio::test]
async fn the_stale_window_is_the_operators() {
    let server = TestServer::start([("ADMIN_TOKEN", ADMIN), ("REMOTE_LIVENESS_STALE_AFTER", "200")]).await;
    assert_eq!(server.app.config.timing.remote_stale_after, Duration::from_secs(200));
    for (value, seconds) in [("5", 5), ("0", 90), ("-1", 90), ("abc", 90)] {
        let env = [("REMOTE_LIVENESS_STALE_AFTER", value)].into();
        let (config, _) = server_app::Config::read(&env).unwrap();
        assert_eq!(config.timing.remote_stale_after.as_secs(), seconds, "{value}");
    }
}

/// Ledger: REG-79, REG-80.
#[tokio::test]
async fn an_expired_liveness_key_moves_live_rows_alone() {
    let server = TestServer::start([("ADMIN_TOKEN", ADMIN)]).await;
    let (external, internal) = (server.workspace("e").await, server.workspace("i").await);
    server.sql("update workspaces set runtime = 'external' where id = $1::uuid", &external).await;
    for from in ["online", "degraded"] {
        for (ws, lands) in [(&external, "awaiting_agent"), (&internal, "offline")] {
            server.set_status(ws, from).await;
            assert_eq!(server.app.liveness_expired(id(ws)).await.changed, 1);
            assert_eq!(server.db_status(ws).await, lands);
        }
    }
    assert_eq!(server.payload_of(&internal, "WORKSPACE_OFFLINE").await, json!({}));
    assert_eq!(server.payload_of(&external, "WORKSPACE_OFFLINE").await, json!({"status": "awaiting_agent"}));
    let before = server.events_of(&internal).await.len();
    for still in [
        "removed",
        "paused",
        "hibernated",
        "hibernating",
        "provisioning",
        "failed",
        "offline",
        "awaiting_agent",
    ] {
        server.set_status(&internal, still).await;
        assert_eq!(server.app.liveness_expired(id(&internal)).await.changed, 0, "{still}");
        assert_eq!(server.db_status(&internal).await, still);
    }
    assert_eq!(server.events_of(&internal).await.len(), before);
}

#[tokio::test]
async fn a_silent_machine_is_replaced() {
    let (server, plane) = tenant().await;
    let ws = server.created(json!({"name": "a", "model": "minimax/m2"})).await;
    let machine = "select coalesce(instance_id, '') from workspaces where id = $1::uuid";
    let first =
        eventually(async || server.sql_value::<String>(machine, &ws).await, |found| !found.is_empty()).await;
    server.registered(&ws).await;
    assert_eq!(server.app.liveness_expired(id(&ws)).await.changed, 1);
    let starts = eventually(async || plane.starts(), |starts| starts.len() == 2).await;
    assert_eq!(starts[1]["env"]["MODEL"], "minimax/m2", "the picked model is still there");
    let stopped = plane.calls(&reqwest::Method::DELETE).remove(0).target;
    assert!(stopped.ends_with(&format!("instance_id={first}")), "{stopped}");
    eventually(
        async || server.sql_value::<String>(machine, &ws).await,
        |found| !found.is_empty() && *found != first,
    )
    .await;
    let events = server.events_of(&ws).await;
    assert_eq!(events[2..], ["WORKSPACE_OFFLINE", "WORKSPACE_PROVISIONING"]);
}

/// Ledger: REG-13.
#[tokio::test]
async fn the_expiry_of_somebody_elses_workspace_leaves_no_trace() {
    let (server, _) = tenant().await;
    let theirs = uuid::Uuid::new_v4().to_string();
    assert_eq!(server.app.liveness_expired(id(&theirs)).await, Report { examined: 1, changed: 0, errors: 0 });
    assert!(server.events_of(&theirs).await.is_empty());
}

#[tokio::test]
async fn the_monitor_hears_of_keys_that_expire() {
    let server = TestServer::start([("ADMIN_TOKEN", ADMIN), ("LIVENESS_TTL_SECONDS", "1")]).await;
    server.app.start_sweeps();
    let ws = server.workspace("a").await;
    server.registered(&ws).await;
    server.becomes(&ws, "offline").await;
}

/// Ledger: REG-42, REG-46, PROV-95.
#[tokio::test]
async fn the_declared_window_of_a_template_is_honoured() {
    let root = std::env::temp_dir().join(format!("templates-{}", uuid::Uuid::new_v4()));
    std::fs::create_dir_all(root.join("codex")).unwrap();
    let config = "runtime: codex\nruntime_config: {provision_timeout_seconds: 1200}\n";
    std::fs::write(root.join("codex/config.yaml"), config).unwrap();
    let folder = root.to_str().unwrap().to_owned();
    let server = TestServer::start([("ADMIN_TOKEN", ADMIN), ("CONFIGS_DIR", folder.as_str())]).await;
    let row = async |name: &'static str, runtime: &str, minutes: u32| {
        let ws = server.workspace(name).await;
        let age = "update workspaces set status = 'provisioning', runtime = split_part($1, ' ', 2),
                   updated_at = now() - make_interval(mins => split_part($1, ' ', 3)::int)
                   where id = split_part($1, ' ', 1)::uuid";
        server.sql(age, &format!("{ws} {runtime} {minutes}")).await;
        ws
    };
    let spared = row("spared", "codex", 11).await;
    let overdue = row("overdue", "codex", 21).await;
    let hermes = row("hermes", "hermes", 29).await;
    let plain = row("plain", "claude-code", 11).await;
    let report = server.app.sweep_provision_timeouts().await;
    assert_eq!(report, Report { examined: 4, changed: 2, errors: 0 });
    for (ws, status) in
        [(&spared, "provisioning"), (&overdue, "failed"), (&hermes, "provisioning"), (&plain, "failed")]
    {
        assert_eq!(server.db_status(ws).await, status);
    }
    let text = "provisioning timed out — container started but never called /registry/register. Check container \
                logs and network connectivity to the platform.";
    let stored: String =
        server.sql_value("select last_sample_error from workspaces where id = $1::uuid", &overdue).await;
    assert_eq!(stored, text);
    assert_eq!(
        server.payload_of(&overdue, "WORKSPACE_PROVISION_FAILED").await,
        json!({"error": text, "timeout_secs": 1200, "runtime": "codex", "source": "provision_timeout_sweep"})
    );
    let raced = status::fail_if_overdue(&server.app.store.db, id(&overdue), 1.0, text).await.unwrap();
    assert!(!raced.happened(), "a row that left provisioning is not touched");
    std::fs::remove_dir_all(&root).unwrap();
}

#[tokio::test]
async fn a_sweep_that_cannot_read_says_so_and_moves_nothing() {
    let server = TestServer::start([("ADMIN_TOKEN", ADMIN)]).await;
    server.app.store.db.close().await;
    assert_eq!(server.app.sweep_health().await.errors, 1);
    assert_eq!(server.app.sweep_provision_timeouts().await.errors, 1);
}

/// Ledger: REG-110.
#[tokio::test]
async fn the_database_takes_the_edges_of_the_machine_and_no_other() {
    let server = TestServer::start([("ADMIN_TOKEN", ADMIN)]).await;
    let ws = server.workspace("a").await;
    for from in server_types::WorkspaceStatus::ALL {
        for trigger in Trigger::ALL {
            server.set_status(&ws, from.as_str()).await;
            let change = status::transition(&server.app.store.db, id(&ws), trigger).await.unwrap();
            let expected = server_types::transition::next(from, trigger);
            assert_eq!(change.happened(), expected.is_ok(), "{from:?} {trigger:?}");
            let lands = expected.unwrap_or(from);
            assert_eq!(server.db_status(&ws).await, lands.as_str(), "{from:?} {trigger:?}");
        }
    }
}
