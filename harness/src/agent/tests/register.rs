//! Registration.

use http::Method;
use serde_json::{Value, json};

use super::platform::{WS, World, header, registered};

fn body(request: &wiremock::Request) -> Value {
    request.body_json().unwrap()
}

/// Ledger: REG-121.
#[tokio::test]
async fn an_agent_registers_at_start_and_then_beats_with_bearer_id_and_origin() {
    let world = World::with_registry("inb-1").await;
    let spawned = world.spawn(json!({})).await;
    world.until("a beat", |agent| agent["counters"]["heartbeats_ok"].as_u64() > Some(0)).await;
    let register = &world.calls("/registry/register").await[0];
    assert_eq!(body(register)["id"], WS);
    assert_eq!(body(register)["url"], spawned["url"]);
    assert_eq!(body(register)["agent_card"]["capabilities"]["streaming"], true);
    assert!(body(register).get("delivery_mode").is_none());
    assert_eq!(header(register, "authorization"), "", "there is no token yet");
    let beat = &world.calls("/registry/heartbeat").await[0];
    assert_eq!(header(beat, "authorization"), "Bearer tok-1");
    for call in [register, beat] {
        assert_eq!(header(call, "x-workspace-id"), WS);
        assert_eq!(header(call, "origin"), world.platform.uri());
    }
}

/// Ledger: REG-121.
#[tokio::test]
async fn one_switch_turns_registering_and_beating_off_and_only_when_it_is_one() {
    let world = World::with_registry("inb-1").await;
    world.spawn(json!({ "env": { "MOLECULE_MCP_DISABLE_HEARTBEAT": "1" } })).await;
    let other = json!({ "workspace_id": "other", "env": { "MOLECULE_MCP_DISABLE_HEARTBEAT": "true" } });
    world.spawn(other).await;
    super::platform::until("a beat of the other agent", async || {
        (!world.calls("/registry/heartbeat").await.is_empty()).then_some(())
    })
    .await;
    for path in ["/registry/register", "/registry/heartbeat"] {
        let calls = world.calls(path).await;
        assert!(calls.iter().all(|call| header(call, "x-workspace-id") == "other"), "{path}");
    }
}

/// Ledger: REG-121.
#[tokio::test]
async fn a_token_from_elsewhere_is_used_from_the_first_call_on() {
    let world = World::with_registry("inb-1").await;
    world.answers("POST", "/registry/register", 200, json!({ "status": "registered" })).await;
    world.spawn(json!({ "token": "given", "host": "tenant.test", "origin": "https://tenant.test" })).await;
    let register = &world.calls("/registry/register").await[0];
    assert_eq!(header(register, "authorization"), "Bearer given");
    assert_eq!(
        (header(register, "host"), header(register, "origin")),
        ("tenant.test", "https://tenant.test")
    );
}

#[tokio::test]
async fn secrets_of_a_registration_are_kept_and_an_empty_one_changes_nothing() {
    let world = World::with_registry("inb-1").await;
    world.spawn(json!({ "heartbeat": false })).await;
    let agent = world.agent().await;
    assert_eq!((&agent["token"], &agent["inbound_secret"]), (&json!("tok-1"), &json!("inb-1")));
    world.platform.reset().await;
    world.answers("POST", "/registry/register", 200, registered("", "")).await;
    let (_, again) = world.control(Method::POST, &format!("/agents/{WS}/register"), Value::Null).await;
    assert_eq!(again["status"], 200);
    let agent = world.agent().await;
    assert_eq!((&agent["token"], &agent["inbound_secret"]), (&json!("tok-1"), &json!("inb-1")));
}

#[tokio::test]
async fn a_refused_registration_is_logged_and_the_beat_starts_anyway() {
    let world = World::new().await;
    world.answers("POST", "/registry/register", 500, json!({ "error": "registration failed" })).await;
    world.answers("POST", "/registry/heartbeat", 200, json!({ "status": "ok" })).await;
    world.spawn(json!({})).await;
    let agent = world.until("a beat", |agent| agent["counters"]["heartbeats_ok"].as_u64() > Some(0)).await;
    assert!(agent["log"].to_string().contains("registration refused: HTTP 500"));
}

#[tokio::test]
async fn a_poll_agent_registers_without_an_address() {
    let world = World::with_registry("inb-1").await;
    world.spawn(json!({ "delivery_mode": "poll" })).await;
    let register = body(&world.calls("/registry/register").await[0]);
    assert_eq!((&register["delivery_mode"], register.get("url")), (&json!("poll"), None));
}

#[tokio::test]
async fn an_agent_told_to_crash_registers_and_is_gone() {
    let world = World::with_registry("inb-1").await;
    let url = world.spawn_at(json!({ "crash_after_register": true })).await;
    world.until("death", |agent| agent["alive"] == false).await;
    super::platform::until("a closed port", async || world.send(&url, "x").await.is_err().then_some(()))
        .await;
    assert_eq!(world.calls("/registry/register").await.len(), 1);
    assert!(world.calls("/registry/heartbeat").await.is_empty());
}
