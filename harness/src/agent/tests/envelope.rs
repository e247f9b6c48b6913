//! The envelope through the stand-in: the same golden vectors as the library.

use http::Method;
use serde_json::{Value, json};
use wiremock::{Mock, ResponseTemplate, matchers::path};

use super::platform::{WS, World};

/// Ledger: A2A-85, A2A-86, HARN-070.
#[tokio::test]
async fn the_stand_in_builds_the_golden_envelopes_and_looks_up_nothing_else() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/golden/envelope");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert_eq!(paths.len(), 9);
    for path in paths {
        let golden: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        for case in golden["cases"].as_array().unwrap() {
            check(&golden, case).await;
        }
    }
}

async fn check(golden: &Value, case: &Value) {
    let name = format!("row {} {}", golden["row"], case["name"]);
    let world = World::with_registry("inb-1").await;
    let peer = case["expect"]["params"]["meta"]["peer_id"].as_str().unwrap();
    if !case["registry"].is_null() && !peer.is_empty() {
        world.answers("GET", &format!("/registry/discover/{peer}"), 200, case["registry"].clone()).await;
    }
    world.spawn(json!({ "heartbeat": false })).await;
    world.platform.reset().await;
    if !case["registry"].is_null() && !peer.is_empty() {
        world.answers("GET", &format!("/registry/discover/{peer}"), 200, case["registry"].clone()).await;
    }
    let (_, built) =
        world.control(Method::POST, &format!("/agents/{WS}/envelope"), case["input"].clone()).await;
    // The platform of this test has another address; everything else is byte for byte the same.
    let from = golden["platform_url"].as_str().unwrap();
    let moved = |value: &Value| value.to_string().replace(from, &world.platform.uri());
    let mut envelope = built["envelope"].clone();
    let tag = envelope.as_object_mut().unwrap().remove("tag").unwrap();
    assert_eq!(envelope.to_string(), moved(&case["expect"]), "{name}");
    assert_eq!(tag.to_string(), moved(&case["expect_tag"]), "{name}");
    assert_eq!(built["lookups"].to_string(), moved(&case["lookups"]), "{name}");
    let asked = world.platform.received_requests().await.unwrap();
    if peer.is_empty() {
        assert!(asked.is_empty(), "{name}: a malformed id reached the platform");
    } else {
        assert!(asked.iter().any(|call| call.url.path() == format!("/registry/discover/{peer}")), "{name}");
    }
}

/// Ledger: A2A-86.
#[tokio::test]
async fn a_registry_that_fails_takes_the_names_and_not_the_message() {
    for status in [404, 500] {
        let world = World::with_registry("inb-1").await;
        world.spawn(json!({ "heartbeat": false })).await;
        let peer = super::platform::PEER;
        world.answers("GET", &format!("/registry/discover/{peer}"), status, json!({ "name": "Eve" })).await;
        let row = json!({ "source_id": peer, "summary": "hello" });
        let (_, built) = world.control(Method::POST, &format!("/agents/{WS}/envelope"), row).await;
        let params = &built["envelope"]["params"];
        assert_eq!((&params["content"], &params["meta"]["peer_id"]), (&json!("hello"), &json!(peer)));
        assert!(params["meta"].get("peer_name").is_none() && params["meta"].get("peer_role").is_none());
    }
}

/// A platform shows an agent online before the agent has read its token: a lookup in that moment once went out
/// without one, was refused, and the peer stayed nameless.
#[tokio::test]
async fn a_call_as_an_agent_that_still_registers_waits_for_its_token() {
    let world = World::new().await;
    let slow = ResponseTemplate::new(200)
        .set_body_json(super::platform::registered("tok-1", "inb-1"))
        .set_delay(std::time::Duration::from_millis(200));
    world.platform.register(Mock::given(path("/registry/register")).respond_with(slow)).await;
    let peer = super::platform::PEER;
    world.answers("GET", &format!("/registry/discover/{peer}"), 200, json!({ "name": "Eve" })).await;
    world.spawn(json!({ "heartbeat": false, "wait_registered_ms": 0 })).await;

    let row = json!({ "source_id": peer, "summary": "hello" });
    let (_, built) = world.control(Method::POST, &format!("/agents/{WS}/envelope"), row).await;
    assert_eq!(built["envelope"]["params"]["meta"]["peer_name"], "Eve");
    let asked = world.calls(&format!("/registry/discover/{peer}")).await;
    assert_eq!(asked[0].headers["authorization"], "Bearer tok-1");
}
