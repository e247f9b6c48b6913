//! The corpus, end to end: what a push agent receives, and what a polling one finds.

use std::{fs, path::Path};

use super::*;
use crate::support::Answering as _;

fn entries(class: &str) -> Vec<(String, Value, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus/a2a").join(class);
    let mut found: Vec<_> = fs::read_dir(folder)
        .expect("part of the repository")
        .map(|file| {
            let path = file.expect("readable").path();
            let text = fs::read_to_string(&path).expect("readable");
            let whole: serde_json::Map<String, Value> = serde_json::from_str(&text).expect("JSON");
            let (meta, body): (serde_json::Map<_, _>, serde_json::Map<_, _>) =
                whole.into_iter().partition(|(key, _)| key.starts_with('_'));
            (path.file_stem().expect("named").to_string_lossy().into_owned(), meta.into(), body.into())
        })
        .collect();
    found.sort_by(|one, other| one.0.cmp(&other.0));
    found
}

/// Equality in which `<uuid>` stands for any text.
fn same(expected: &Value, got: &Value) -> bool {
    match (expected, got) {
        (Value::String(word), Value::String(text)) if word == "<uuid>" => uuid::Uuid::parse_str(text).is_ok(),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len()
                && a.iter().all(|(key, value)| b.get(key).is_some_and(|other| same(value, other)))
        }
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        _ => expected == got,
    }
}

/// Ledger: A2A-46, A2A-47, A2A-115.
#[tokio::test]
async fn every_accepted_shape_is_canonical_at_the_agent_and_in_the_poll_row() {
    let server = server().await;
    let agent = agent_saying(json!({})).await;
    let push = workspace_at(&server, "push", &agent.url()).await;
    for (name, meta, body) in entries("valid").into_iter().chain(entries("bypass")) {
        let expected =
            if meta["_expect_forwarded"] == "unchanged" { &body } else { &meta["_expect_forwarded"] };
        let mut request = post(&server, &push, &body);
        for (key, value) in meta["_headers"].as_object().into_iter().flatten() {
            request = request.header(key, value.as_str().expect("text"));
        }
        assert_eq!(request.status().await, 200, "{name}");
        let seen = agent.seen().pop().expect("the agent was called");
        assert!(same(expected, &json_body(&seen)), "{name}: {}", json_body(&seen));
        for (key, value) in meta["_headers"].as_object().into_iter().flatten() {
            assert_eq!(seen.headers[key.as_str()].to_str().ok(), value.as_str(), "{name}");
        }
        let poll = server.workspace("poll").await;
        set(&server, &poll, "delivery_mode", "poll").await;
        let answer = post(&server, &poll, &body).answer().await;
        assert_eq!((answer.status.as_u16(), &answer.json()["method"]), (200, &body["method"]), "{name}");
        let stored = the_row(&server, &poll).await["request_body"].clone();
        assert!(same(expected, &stored), "{name}: {stored}");
    }
}

/// Ledger: A2A-41, A2A-42, A2A-116.
#[tokio::test]
async fn every_refused_shape_is_refused_as_recorded_and_reaches_nobody() {
    let server = server().await;
    let agent = agent_saying(json!({})).await;
    let push = workspace_at(&server, "push", &agent.url()).await;
    for (name, meta, body) in entries("invalid") {
        let answer = post(&server, &push, &body).answer().await;
        assert_eq!(json!(answer.status.as_u16()), meta["_expect_status"], "{name}");
        assert!(answer.body.contains(meta["_expect_error"].as_str().expect("text")), "{name}: {answer:?}");
    }
    for raw in ["{\"jsonrpc\":\"2.0\",\"params\":{\"mess", "hello agent", "", " \r\n\t "] {
        let answer = server.post(&format!("/workspaces/{push}/a2a")).body(raw).answer().await;
        answer.refused(400, "invalid JSON");
    }
    assert!(agent.seen().is_empty());
    assert!(rows(&server, &push).await.is_empty());
}
