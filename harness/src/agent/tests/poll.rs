//! Poll mode.

use serde_json::{Value, json};
use wiremock::{
    Mock, ResponseTemplate,
    matchers::{path, query_param},
};

use super::platform::{PEER, WS, World};

const FIRST: &str = "00000000-0000-4000-8000-000000000001";
const SECOND: &str = "00000000-0000-4000-8000-000000000002";
const THIRD: &str = "00000000-0000-4000-8000-000000000003";

fn row(id: &str, source: Value, text: &str) -> Value {
    json!({
        "id": id, "source_id": source, "method": "message/send", "created_at": "2026-06-14T10:00:00Z",
        "request_body": { "params": { "message": { "parts": [{ "kind": "text", "text": text }] } } },
    })
}

/// One answer of the activity feed for one value of one query key.
async fn feed(world: &World, key: &str, value: &str, times: Option<u64>, status: u16, body: Value) {
    let mock = Mock::given(path(format!("/workspaces/{WS}/activity")))
        .and(query_param("type", "a2a_receive"))
        .and(query_param(key, value))
        .respond_with(ResponseTemplate::new(status).set_body_json(body));
    let mock = match times {
        Some(times) => mock.up_to_n_times(times),
        None => mock,
    };
    world.platform.register(mock).await;
}

fn contents(agent: &Value) -> Vec<&str> {
    let envelopes = agent["envelopes"].as_array().unwrap();
    envelopes.iter().map(|envelope| envelope["params"]["content"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn rows_arrive_in_order_and_a_lost_cursor_repeats_nothing() {
    let world = World::with_registry("inb-1").await;
    let (one, two, three) =
        (row(FIRST, json!(null), "one"), row(SECOND, json!(null), "two"), row(THIRD, json!(null), "three"));
    feed(&world, "since_secs", "600", Some(1), 200, json!([one])).await;
    feed(&world, "since_id", FIRST, Some(1), 200, json!([two])).await;
    feed(&world, "since_id", SECOND, None, 410, json!({ "error": "since_id cursor not found" })).await;
    feed(&world, "since_secs", "600", None, 200, json!([three, two, one])).await;
    feed(&world, "since_id", THIRD, None, 200, json!([])).await;
    world.spawn(json!({ "delivery_mode": "poll" })).await;
    let agent = world.until("three rows", |agent| contents(agent).len() == 3).await;
    assert_eq!(contents(&agent), ["one", "two", "three"]);
    assert_eq!(agent["counters"]["poll_cursor_resets"], 1);
}

#[tokio::test]
async fn the_user_is_answered_by_a_notification_and_a_peer_by_a_message_when_told_to() {
    let world = World::with_registry("inb-1").await;
    let (from_user, from_peer) = (row(FIRST, json!(null), "hi"), row(SECOND, json!(PEER), "hello"));
    let own = row(THIRD, json!(WS), "my own turn");
    world.spawn(json!({ "delivery_mode": "poll" })).await;
    world.set("/behaviour", json!({ "reply": "PONG" })).await;
    world.answers("POST", &format!("/workspaces/{WS}/notify"), 200, json!({ "status": "sent" })).await;
    world.answers("POST", &format!("/workspaces/{PEER}/a2a"), 200, json!({ "result": {} })).await;
    feed(&world, "since_secs", "600", Some(1), 200, json!([own, from_peer, from_user])).await;
    feed(&world, "since_id", THIRD, None, 200, json!([])).await;
    world.until("two envelopes", |agent| contents(agent).len() == 2).await;
    let calls = super::platform::until("both answers", async || {
        let notify = world.calls(&format!("/workspaces/{WS}/notify")).await;
        let a2a = world.calls(&format!("/workspaces/{PEER}/a2a")).await;
        (notify.len() == 1 && a2a.len() == 1).then(|| [notify[0].clone(), a2a[0].clone()])
    })
    .await;
    assert_eq!(calls[0].body_json::<Value>().unwrap(), json!({ "message": "PONG" }));
    let sent: Value = calls[1].body_json().unwrap();
    assert_eq!(sent.pointer("/params/message/parts/0/text"), Some(&json!("PONG")));
}

/// Ledger: A2A-85, HARN-070.
#[tokio::test]
async fn a_polled_row_with_a_malformed_peer_is_delivered_and_asks_the_registry_nothing() {
    let world = World::with_registry("inb-1").await;
    let hostile = ["../../workspaces", "a\" onload=\"x", &format!("{PEER}\n")];
    let rows: Vec<Value> = hostile
        .iter()
        .enumerate()
        .map(|(at, id)| row(&format!("00000000-0000-4000-8000-00000000000{at}"), json!(id), "still here"))
        .collect();
    feed(&world, "since_secs", "600", None, 200, json!(rows)).await;
    world.spawn(json!({ "delivery_mode": "poll" })).await;
    let agent = world.until("three rows", |agent| contents(agent).len() == 3).await;
    for envelope in agent["envelopes"].as_array().unwrap() {
        assert_eq!(envelope["params"]["content"], "still here");
        assert_eq!(envelope["params"]["meta"]["peer_id"], "");
        assert_eq!(envelope["params"]["meta"]["agent_card_url"], "");
    }
    let asked = world.platform.received_requests().await.unwrap();
    assert!(
        asked.iter().all(|call| !call.url.path().contains("discover") && !call.url.path().ends_with("peers"))
    );
}

/// Ledger: HARN-123.
#[tokio::test]
async fn a_restarted_agent_goes_on_behind_its_cursor() {
    let world = World::with_registry("inb-1").await;
    feed(&world, "since_secs", "600", Some(1), 200, json!([row(FIRST, json!(null), "one")])).await;
    feed(&world, "since_id", FIRST, None, 200, json!([])).await;
    world.spawn(json!({ "delivery_mode": "poll" })).await;
    world.until("the row", |agent| contents(agent).len() == 1).await;
    world.until("a later poll", |agent| agent["counters"]["polls"].as_u64() > Some(2)).await;
    world.spawn(json!({ "delivery_mode": "poll", "keep_disk": true })).await;
    let agent = world.until("polls", |agent| agent["counters"]["polls"].as_u64() > Some(2)).await;
    assert_eq!((contents(&agent).len(), &agent["token"]), (0, &json!("tok-1")));
    let polls = world.calls(&format!("/workspaces/{WS}/activity")).await;
    let primed = polls.iter().filter(|call| call.url.query().unwrap().contains("since_secs")).count();
    assert_eq!(primed, 1, "the restarted agent primed its feed anew");
}
