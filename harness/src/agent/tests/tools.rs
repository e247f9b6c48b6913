//! Tools and the texts they give.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use wiremock::{Mock, ResponseTemplate, matchers::path};

use super::platform::{PEER, WS, World};

async fn spawned() -> World {
    let world = World::with_registry("inb-1").await;
    world.spawn(json!({ "heartbeat": false })).await;
    world.platform.reset().await;
    world
}

/// The text of a tool against one raw answer of the platform.
async fn text_of(tool: &str, at: &str, status: u16, body: &str) -> String {
    let world = spawned().await;
    let answer = ResponseTemplate::new(status).set_body_raw(body, "application/json");
    world.platform.register(Mock::given(path(at)).respond_with(answer)).await;
    world.tool(tool, json!({})).await["text"].as_str().unwrap().to_owned()
}

/// Ledger: REG-06.
#[tokio::test]
async fn list_peers_names_the_cause_of_every_answer_in_its_own_words() {
    let mut texts = BTreeSet::new();
    for (status, body, parts) in [
        (200, "[]", vec!["no parent, child or sibling"]),
        (200, "{\"a\":1}", vec!["not a list"]),
        (200, "<html>", vec!["not JSON"]),
        (401, "{\"error\":\"invalid workspace auth token\"}", vec!["HTTP 401", "invalid workspace", "token"]),
        (401, "{\"error\":\"missing workspace auth token\"}", vec!["HTTP 401", "missing workspace", "token"]),
        (403, "{\"error\":\"no\"}", vec!["HTTP 403", "authentication failed"]),
        (404, "{\"error\":\"workspace not found\"}", vec!["HTTP 404", WS, "not registered", "Re-register"]),
        (404, "", vec!["HTTP 404", "the tenant did not accept the request"]),
        (410, "{\"error\":\"gone\"}", vec!["HTTP 410", "removed", "regenerated"]),
        (500, "{\"error\":\"lookup failed\"}", vec!["HTTP 500", "platform failed", "Retry"]),
        (502, "<html>secret page</html>", vec!["HTTP 502", "page of 24 bytes"]),
        (418, "{}", vec!["HTTP 418"]),
    ] {
        let text = text_of("list_peers", &format!("/registry/{WS}/peers"), status, body).await;
        for part in parts {
            assert!(text.contains(part), "{status} {body}: {text}");
        }
        assert!(!text.contains("may be isolated") && !text.contains("secret page"), "{text}");
        assert!(texts.insert(text.clone()), "two causes share a text: {text}");
    }
}

/// Ledger: REG-06.
#[tokio::test]
async fn list_peers_shows_one_line_per_peer_and_calls_as_whoever_it_is_told_to_be() {
    let world = spawned().await;
    let peers = json!([
        { "id": PEER, "name": "child", "status": "online", "role": null },
        { "id": "b", "name": "sibling", "status": "offline", "role": "qa" },
    ]);
    world.answers("GET", &format!("/registry/{PEER}/peers"), 200, peers).await;
    let other = json!({ "as": { "workspace_id": PEER, "token": null, "origin": null,
                                "headers": { "X-Molecule-Org-Id": "beta" } } });
    let told = world.tool("list_peers", other).await;
    let lines = format!(
        "- child (ID: {PEER}, status: online, role: none)\n- sibling (ID: b, status: offline, role: qa)"
    );
    assert_eq!((&told["ok"], &told["text"]), (&json!(true), &json!(lines)));
    let call = &world.calls(&format!("/registry/{PEER}/peers")).await[0];
    assert!(call.headers.get("authorization").is_none() && call.headers.get("origin").is_none());
    assert_eq!(super::platform::header(call, "x-molecule-org-id"), "beta");
    assert_eq!(super::platform::header(call, "x-workspace-id"), PEER);
}

/// Ledger: REG-06.
#[tokio::test]
async fn list_peers_names_the_class_and_the_address_of_a_transport_failure() {
    let world = spawned().await;
    let closed = json!({ "as": { "platform_url": "http://127.0.0.1:9" } });
    let text = world.tool("list_peers", closed).await["text"].to_string();
    assert!(text.contains("ConnectError") && text.contains("http://127.0.0.1:9/registry"), "{text}");
}

/// Ledger: REG-122.
#[tokio::test]
async fn workspace_info_tells_removed_from_missing_from_failing() {
    let mut texts = BTreeSet::new();
    for (status, body, part) in [
        (200, "{\"id\":\"x\",\"status\":\"online\"}", "online"),
        (404, "{\"error\":\"workspace not found\"}", "not registered"),
        (410, "{\"error\":\"workspace removed\"}", "regenerated"),
        (500, "{\"error\":\"lookup failed\"}", "platform failed"),
    ] {
        let text = text_of("get_workspace_info", &format!("/workspaces/{WS}"), status, body).await;
        assert!(text.contains(part), "{status}: {text}");
        assert!(texts.insert(text));
    }
}

#[tokio::test]
async fn chat_history_passes_its_bounds_on_and_quotes_a_refusal() {
    let world = spawned().await;
    let at = format!("/workspaces/{WS}/activity");
    let rows =
        json!([{ "id": "r2", "source_id": PEER, "summary": "hi", "created_at": "2026-06-14T10:00:00Z" }]);
    world.answers("GET", &at, 200, rows).await;
    let args = json!({ "peer": PEER, "before_ts": "2026-06-14T12:00:00+02:00", "limit": 5 });
    let told = world.tool("chat_history", json!({ "args": args })).await;
    assert_eq!(told["data"][0]["id"], "r2");
    assert!(told["text"].as_str().unwrap().contains("from") && told["text"].as_str().unwrap().contains("hi"));
    let query: Vec<(String, String)> = world.calls(&at).await[0].url.query_pairs().into_owned().collect();
    for (key, value) in [
        ("type", "a2a_receive"),
        ("peer_id", PEER),
        ("before_ts", "2026-06-14T12:00:00+02:00"),
        ("limit", "5"),
    ] {
        assert!(query.contains(&(key.into(), value.into())), "{key} in {query:?}");
    }
    let text = {
        world.platform.reset().await;
        world.answers("GET", &at, 400, json!({ "error": "before_ts must be an RFC3339 timestamp" })).await;
        world.tool("chat_history", json!({ "args": { "peer": PEER, "before_ts": "yesterday" } })).await
    };
    assert!(text["text"].as_str().unwrap().contains("before_ts must be"), "{text}");
}

#[tokio::test]
async fn a_repeated_delegation_is_no_failure() {
    let world = spawned().await;
    let at = format!("/workspaces/{WS}/delegate");
    world.answers("POST", &at, 202, json!({ "delegation_id": "d-1", "status": "delegated" })).await;
    let order = json!({ "args": { "target_id": PEER, "task": "sum up" } });
    let first = world.tool("delegate", order.clone()).await;
    world.platform.reset().await;
    let hit = json!({ "delegation_id": "d-1", "status": "completed", "idempotent_hit": true });
    world.answers("POST", &at, 200, hit).await;
    let second = world.tool("delegate", order).await;
    assert_eq!((&first["ok"], &second["ok"]), (&json!(true), &json!(true)));
    let sent: Value = world.calls(&at).await[0].body_json().unwrap();
    assert_eq!(sent["idempotency_key"].as_str().unwrap().len(), 32);
}

/// Ledger: A2A-122.
#[tokio::test]
async fn a_message_with_files_is_sent_as_a_whole_or_not_at_all() {
    let world = spawned().await;
    let (uploads, notify) = (format!("/workspaces/{WS}/chat/uploads"), format!("/workspaces/{WS}/notify"));
    world.set("/files", json!({ "path": "/workspace/plot.png", "content": "png" })).await;
    let file =
        json!({ "uri": "workspace:/u/plot.png", "name": "plot.png", "mimeType": "image/png", "size": 3 });
    world.answers("POST", &notify, 200, json!({ "status": "sent" })).await;
    world.answers("POST", &uploads, 200, json!({ "files": [file] })).await;
    let send =
        async |args: Value| world.tool("send_message_to_user", json!({ "args": args })).await["ok"].clone();

    assert_eq!(send(json!({ "message": "see", "paths": ["/workspace/plot.png", 7, null] })).await, true);
    let sent: Value = world.calls(&notify).await[0].body_json().unwrap();
    assert_eq!(sent, json!({ "message": "see", "attachments": [file] }));
    let form = String::from_utf8_lossy(&world.calls(&uploads).await[0].body).into_owned();
    assert!(form.contains("image/png") && form.contains("filename=\"plot.png\""), "{form}");

    assert_eq!(send(json!({ "message": "plain" })).await, true);
    let plain: Value = world.calls(&notify).await[1].body_json().unwrap();
    assert_eq!(plain, json!({ "message": "plain" }), "no attachments key without files");

    assert_eq!(
        send(json!({ "message": "gone", "paths": ["/workspace/plot.png", "/workspace/none"] })).await,
        false
    );
    world.platform.reset().await;
    world.answers("POST", &uploads, 500, json!({ "error": "no" })).await;
    assert_eq!(send(json!({ "message": "fails", "paths": ["/workspace/plot.png"] })).await, false);
    assert!(world.calls(&notify).await.is_empty(), "a message without its files was sent");
}
