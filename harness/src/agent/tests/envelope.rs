//! The envelope through the stand-in: the same golden vectors as the library.

use http::Method;
use serde_json::{Value, json};

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
