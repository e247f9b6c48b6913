//! Heartbeats: what a beat stores, what it moves, what it declares.

use std::time::Duration;

use serde_json::json;

use crate::support::{TestServer, acting::id, plane::ADMIN};

async fn local() -> TestServer {
    TestServer::start([("ADMIN_TOKEN", ADMIN)]).await
}

/// Ledger: REG-34, REG-04.
#[tokio::test]
async fn a_beat_brings_back_who_was_thought_gone_and_nobody_else() {
    let server = local().await;
    let id = server.workspace("a").await;
    let token = server.registered(&id).await;
    for from in ["provisioning", "offline", "awaiting_agent"] {
        let before = server.events_of(&id).await.len();
        server.set_status(&id, from).await;
        server.beat(&id, &token, json!({"error_rate": 0.9, "runtime_state": "wedged"})).await;
        assert_eq!(server.db_status(&id).await, "online", "from {from}, one transition a beat");
        assert_eq!(server.events_of(&id).await[before..], ["WORKSPACE_ONLINE"], "from {from}");
        assert_eq!(server.payload_of(&id, "WORKSPACE_ONLINE").await, json!({"recovered_from": from}));
    }
    for still in ["paused", "hibernated", "hibernating", "failed"] {
        let before = server.events_of(&id).await.len();
        server.set_status(&id, still).await;
        assert_eq!(server.beat(&id, &token, json!({"error_rate": 0.9})).await.status.as_u16(), 200);
        assert_eq!(server.db_status(&id).await, still);
        assert_eq!(server.events_of(&id).await.len(), before);
    }
}

/// Ledger: REG-32, REG-33, REG-30, REG-31.
#[tokio::test]
async fn health_follows_the_error_rate_the_wedge_and_the_native_declaration() {
    let server = local().await;
    let id = server.workspace("a").await;
    let token = server.registered(&id).await;
    let native = json!({"capabilities": {"status_mgmt": true}});
    for (from, beat, to) in [
        ("online", json!({"error_rate": 0.49}), "online"),
        ("online", json!({"error_rate": 0.5}), "degraded"),
        ("degraded", json!({"error_rate": 0.1}), "degraded"),
        ("degraded", json!({"error_rate": 0.05, "runtime_state": "wedged"}), "degraded"),
        ("degraded", json!({"error_rate": 0.05}), "online"),
        ("online", json!({"error_rate": 0.8, "runtime_metadata": native}), "online"),
        ("degraded", json!({"error_rate": 0.05, "runtime_metadata": native}), "degraded"),
        ("online", json!({"runtime_state": "wedged", "runtime_metadata": native}), "degraded"),
        ("online", json!({"error_rate": 0.8}), "degraded"),
    ] {
        server.set_status(&id, from).await;
        server.beat(&id, &token, beat.clone()).await;
        assert_eq!(server.db_status(&id).await, to, "{from} {beat}");
    }
    let payload = server.payload_of(&id, "WORKSPACE_DEGRADED").await;
    assert_eq!(payload, json!({"error_rate": 0.8, "sample_error": ""}));
}

/// Ledger: REG-100.
#[tokio::test]
async fn the_reported_spend_is_clamped_and_zero_says_nothing() {
    let server = local().await;
    let id = server.workspace("a").await;
    let token = server.registered(&id).await;
    for (reported, stored) in [
        (json!(7), 7),
        (json!(-5), 7),
        (json!(0), 7),
        (json!(1_000_000_000_000_i64), 1_000_000_000_000),
        (json!(5), 5),
        (json!(i64::MAX), 1_000_000_000_000),
    ] {
        server.beat(&id, &token, json!({"monthly_spend": reported})).await;
        let spend = "select monthly_spend from workspaces where id = $1::uuid";
        assert_eq!(server.count(spend, &id).await, stored, "{reported}");
    }
}

/// Ledger: REG-81.
#[tokio::test]
async fn a_beat_arms_an_expired_liveness_key_again() {
    let server = local().await;
    let id = server.workspace("a").await;
    let token = server.registered(&id).await;
    server.app.store.cache.clear(self::id(&id)).await.unwrap();
    server.beat(&id, &token, json!({})).await;
    assert!(server.app.store.cache.is_alive(self::id(&id)).await.unwrap());
}

/// Ledger: REG-37, REG-38, REG-39.
#[tokio::test]
async fn what_a_beat_declares_holds_until_a_beat_drops_it() {
    let server = local().await;
    let (one, two) = (server.workspace("a").await, server.workspace("b").await);
    let (token, other) = (server.registered(&one).await, server.registered(&two).await);
    let overrides = &server.app.overrides;
    let declared =
        json!({"runtime_metadata": {"idle_timeout_seconds": 600, "capabilities": {"session": true}}});
    server.beat(&one, &token, declared).await;
    server.beat(&two, &other, json!({})).await;
    assert_eq!(overrides.idle_timeout(id(&one)), Some(Duration::from_secs(600)));
    assert!(overrides.has_native_session(id(&one)));
    assert_eq!(overrides.idle_timeout(id(&two)), None);
    server
        .beat(
            &one,
            &token,
            json!({"runtime_metadata": {"idle_timeout_seconds": -1, "capabilities": {"session": true}}}),
        )
        .await;
    assert_eq!((overrides.idle_timeout(id(&one)), overrides.has_native_session(id(&one))), (None, true));
    server.beat(&one, &token, json!({})).await;
    assert!(!overrides.has_native_session(id(&one)), "an old runtime said nothing");
}

#[tokio::test]
async fn a_beat_of_nobody_is_answered_and_leaves_no_trace() {
    let server = local().await;
    let nobody = uuid::Uuid::new_v4().to_string();
    let mut heard = server.app.events.subscribe_all();
    let answer = server.beat(&nobody, "x", json!({"runtime_metadata": {"idle_timeout_seconds": 5}})).await;
    assert_eq!(answer.json(), json!({"status": "ok"}));
    assert_eq!(server.app.overrides.idle_timeout(id(&nobody)), None);
    assert!(!server.app.store.cache.is_alive(id(&nobody)).await.unwrap());
    let real = server.workspace("a").await;
    server.registered(&real).await;
    let first = heard.next().await.unwrap();
    assert_eq!(first.workspace, Some(id(&real)), "the beat of nobody was not broadcast");
}
