//! The beat and what hangs on it.

use std::time::Duration;

use http::Method;
use serde_json::{Value, json};
use wiremock::ResponseTemplate;

use super::platform::{PEER, WS, World, answer, header, registered};

/// The n-th answers of a beat, then 200 for ever.
async fn beats(world: &World, answers: &[(u16, Value)]) {
    for (status, body) in answers {
        let once = answer("POST", "/registry/heartbeat", *status, body.clone()).up_to_n_times(1);
        world.platform.register(once).await;
    }
    world.answers("POST", "/registry/heartbeat", 200, json!({ "status": "ok" })).await;
}

async fn registering() -> World {
    let world = World::new().await;
    world.answers("POST", "/registry/register", 200, registered("tok-1", "inb-1")).await;
    world
}

/// Ledger: REG-116, HARN-036.
#[tokio::test]
async fn a_beat_brings_back_a_secret_that_was_lost() {
    let world = registering().await;
    let echo = json!({ "status": "ok", "platform_inbound_secret": "inb-2" });
    world.answers("POST", "/registry/heartbeat", 200, echo).await;
    world.spawn(json!({})).await;
    world.until("the new secret", |agent| agent["inbound_secret"] == "inb-2").await;
    world.set("/uploads", json!({ "secret": "delete" })).await;
    world.until("the secret again", |agent| agent["inbound_secret"] == "inb-2").await;
}

/// Ledger: REG-116, REG-123.
#[tokio::test]
async fn answers_that_carry_no_secret_leave_the_stored_one_alone() {
    let world = registering().await;
    let odd = [
        (200, json!([1, 2])),
        (200, json!("text")),
        (200, json!({ "platform_inbound_secret": "" })),
        (200, json!({ "platform_inbound_secret": 7 })),
        (503, json!({ "platform_inbound_secret": "from a failure" })),
    ];
    beats(&world, &odd).await;
    world.spawn(json!({})).await;
    let agent = world.until("six beats", |agent| agent["counters"]["heartbeats"].as_u64() > Some(6)).await;
    assert_eq!(agent["inbound_secret"], "inb-1");
}

/// Ledger: REG-116.
#[tokio::test]
async fn three_refused_beats_in_a_row_are_called_a_dead_token_aloud_and_two_are_not() {
    let world = registering().await;
    let refused = || (401, json!({ "error": "invalid workspace auth token" }));
    // Each refused beat asks twice: the second time with the token as it is on disk by then.
    let two_beats = [refused(), refused(), refused(), refused()];
    beats(&world, &two_beats).await;
    world.spawn(json!({})).await;
    let agent =
        world.until("a good beat", |agent| agent["counters"]["heartbeats_ok"].as_u64() > Some(0)).await;
    assert_eq!(agent["counters"]["heartbeats_unauthorized"], 2);
    assert!(!agent["log"].to_string().contains("likely revoked"));
    world.platform.reset().await;
    world.answers("POST", "/registry/heartbeat", 401, json!({ "error": "invalid" })).await;
    let agent = world.until("the alarm", |agent| agent["log"].to_string().contains("likely revoked")).await;
    let alarm =
        agent["log"].as_array().unwrap().iter().find(|line| line["text"].to_string().contains("revoked"));
    assert_eq!(alarm.unwrap()["level"], "error");
}

/// Ledger: REG-116.
#[tokio::test]
async fn a_refused_beat_is_repeated_once_with_the_token_that_is_on_disk_by_then() {
    let world = registering().await;
    let good = wiremock::Mock::given(wiremock::matchers::path("/registry/heartbeat"))
        .and(wiremock::matchers::header("authorization", "Bearer tok-2"))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({ "status": "ok" })));
    world.platform.register(good).await;
    world.answers("POST", "/registry/heartbeat", 401, json!({ "error": "invalid" })).await;
    world.spawn(json!({ "heartbeat": false })).await;
    world.set("/files", json!({ "path": "/configs/.auth_token", "content": "tok-2" })).await;
    world.set("/heartbeat", json!({ "on": true })).await;
    world.until("a good beat", |agent| agent["counters"]["heartbeats_ok"].as_u64() > Some(0)).await;
    let calls = world.calls("/registry/heartbeat").await;
    let bearers: Vec<&str> = calls.iter().take(2).map(|call| header(call, "authorization")).collect();
    assert_eq!(bearers, ["Bearer tok-1", "Bearer tok-2"]);
}

/// Ledger: REG-116.
#[tokio::test]
async fn a_disk_that_refuses_the_secret_does_not_stop_the_beat() {
    let world = registering().await;
    let echo = json!({ "status": "ok", "platform_inbound_secret": "inb-2" });
    world.answers("POST", "/registry/heartbeat", 200, echo).await;
    world.spawn(json!({ "heartbeat": false })).await;
    // A folder where the file should go cannot be replaced by a file.
    world.set("/files", json!({ "path": "/configs/.platform_inbound_secret", "remove": true })).await;
    world.set("/files", json!({ "path": "/configs/.platform_inbound_secret/x", "content": "" })).await;
    world.set("/heartbeat", json!({ "on": true })).await;
    let agent = world.until("two beats", |agent| agent["counters"]["heartbeats_ok"].as_u64() > Some(1)).await;
    assert!(agent["log"].to_string().contains("could not store platform_inbound_secret"));
}

#[tokio::test]
async fn ten_failed_beats_rebuild_the_client() {
    let world = registering().await;
    world.answers("POST", "/registry/heartbeat", 500, json!({ "error": "failed to update" })).await;
    world.spawn(json!({ "heartbeat_ms": 10 })).await;
    let agent = world.until("a new client", |agent| agent["counters"]["client_rebuilds"] == 1).await;
    assert!(agent["counters"]["heartbeats_failed"].as_u64() >= Some(10));
}

#[tokio::test]
async fn a_changed_beat_is_sent_at_once_and_without_the_metadata_that_could_not_be_collected() {
    let world = registering().await;
    beats(&world, &[]).await;
    world.spawn(json!({ "heartbeat_ms": 3_600_000 })).await;
    let change =
        json!({ "active_tasks": 2, "current_task": "t", "metadata": "failing", "delegations": false });
    world.set("/heartbeat", change).await;
    let sent = super::platform::until("the changed beat", async || {
        let calls = world.calls("/registry/heartbeat").await;
        calls.iter().map(|call| call.body_json::<Value>().unwrap()).find(|body| body["active_tasks"] == 2)
    })
    .await;
    assert_eq!(sent["current_task"], "t");
    assert!(sent.get("runtime_metadata").is_none());
}

#[tokio::test]
async fn a_finished_delegation_of_its_own_leads_to_one_message_to_itself_without_the_result() {
    let world = registering().await;
    beats(&world, &[]).await;
    let rows = json!([
        { "id": "d1", "source_id": WS, "target_id": PEER, "status": "completed", "response_preview": "INJECTED" },
        { "id": "d2", "source_id": WS, "target_id": PEER, "status": "failed" },
        { "id": "d3", "source_id": PEER, "target_id": WS, "status": "completed" },
    ]);
    world.answers("GET", &format!("/workspaces/{WS}/delegations"), 200, rows).await;
    world.answers("POST", &format!("/workspaces/{WS}/a2a"), 200, json!({ "result": {} })).await;
    world.spawn(json!({})).await;
    world.until("ten looks", |agent| agent["counters"]["delegation_checks"].as_u64() > Some(10)).await;
    let sent = world.calls(&format!("/workspaces/{WS}/a2a")).await;
    assert_eq!(sent.len(), 1, "one message in sixty seconds");
    assert!(!String::from_utf8_lossy(&sent[0].body).contains("INJECTED"));
}

#[tokio::test]
async fn a_stopped_agent_beats_no_more() {
    let world = World::with_registry("inb-1").await;
    let url = world.spawn_at(json!({})).await;
    world.until("a beat", |agent| agent["counters"]["heartbeats_ok"].as_u64() > Some(0)).await;
    let (_, killed) = world.control(Method::DELETE, &format!("/agents/{WS}"), Value::Null).await;
    assert_eq!(killed["killed"], true);
    let beats = world.calls("/registry/heartbeat").await.len();
    assert!(world.send(&url, "x").await.is_err());
    tokio::task::yield_now().await;
    assert_eq!(world.calls("/registry/heartbeat").await.len(), beats, "the stop waited for the last one");
}

#[tokio::test]
async fn a_beat_that_is_turned_off_is_over() {
    let world = registering().await;
    let slow = ResponseTemplate::new(200).set_body_json(json!({})).set_delay(Duration::from_millis(300));
    world
        .platform
        .register(wiremock::Mock::given(wiremock::matchers::path("/registry/heartbeat")).respond_with(slow))
        .await;
    world.spawn(json!({})).await;
    world.until("a beat on its way", |agent| agent["counters"]["heartbeats"].as_u64() > Some(0)).await;
    world.set("/heartbeat", json!({ "on": false })).await;
    let agent = world.until("the counters", |_| true).await;
    assert_eq!(agent["counters"]["heartbeats"], agent["counters"]["heartbeats_ok"]);
}
