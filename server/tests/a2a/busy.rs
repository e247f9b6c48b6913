//! Agents that do not answer, although they are there.

use std::{collections::BTreeMap, time::Duration};

use serde_json::json;
use server_types::EventName;

use super::*;
use crate::support::Answering as _;

async fn queue(server: &TestServer, target: &str) -> Vec<Value> {
    let query = "select coalesce(jsonb_agg(to_jsonb(q) order by enqueued_at), '[]') from a2a_queue q \
                 where workspace_id::text = $1";
    let rows: sqlx::types::Json<Vec<Value>> = server.sql_value(query, target).await;
    rows.0
}

/// An agent that takes a request and stays silent.
async fn silent_agent() -> String {
    let router = axum::Router::new().fallback(async || std::future::pending::<()>().await);
    format!("http://{}", Upstream::serve(router).await)
}

/// Ledger: A2A-15.
#[tokio::test]
async fn a_message_to_a_busy_agent_is_queued_with_its_normalised_body() {
    let server = server().await;
    let target = workspace_at(&server, "busy", &agent_hanging_up("").await).await;
    let mut body = message(json!({ "messageId": "m-7", "content": "later\0" }));
    body["params"]["expires_in_seconds"] = json!(60);
    let answer = post(&server, &target, &body).answer().await;
    assert_eq!(answer.status, 202);
    let reply = answer.json();
    assert_eq!((&reply["queued"], &reply["queue_depth"]), (&json!(true), &json!(1)));
    let rows = queue(&server, &target).await;
    let [item] = &rows[..] else { panic!("one item: {rows:?}") };
    assert_eq!(item["id"], reply["queue_id"]);
    assert_eq!((&item["status"], &item["method"]), (&json!("queued"), &json!("message/send")));
    assert_eq!((&item["idempotency_key"], &item["priority"]), (&json!("m-7"), &json!(50)));
    assert_eq!(item["body"]["params"]["message"]["parts"][0]["text"], "later\u{fffd}");
    assert!(item["expires_at"].is_string() && item["caller_id"].is_null(), "{item}");
    assert_eq!(the_row(&server, &target).await["status"], "error", "the attempt is logged");
}

/// Ledger: A2A-95.
#[tokio::test]
async fn the_same_message_id_is_queued_once_while_it_is_active() {
    let server = server().await;
    let target = workspace_at(&server, "busy", &agent_hanging_up("").await).await;
    let send = async || post(&server, &target, &text_message("hi")).answer().await.json()["queue_id"].clone();
    let first = send().await;
    assert_eq!(send().await, first);
    assert_eq!(queue(&server, &target).await.len(), 1);
    server.sql("update a2a_queue set status = 'completed' where workspace_id::text = $1", &target).await;
    assert_ne!(send().await, first);
    let without_id = message(json!({ "parts": [{ "text": "x" }], "messageId": "" }));
    assert_eq!(post(&server, &target, &without_id).answer().await.json()["queue_depth"], 2);
    assert_eq!(post(&server, &target, &without_id).answer().await.json()["queue_depth"], 3);
}

/// Ledger: A2A-16.
#[tokio::test]
async fn an_agent_with_a_queue_of_its_own_is_never_queued_for() {
    let server = server().await;
    let target = workspace_at(&server, "native", &agent_hanging_up("").await).await;
    server.app.overrides.set_capabilities(id(&target), BTreeMap::from([("session".to_owned(), true)]));
    let answer = post(&server, &target, &text_message("hi")).answer().await;
    answer.refused(503, "workspace agent busy — adapter handles retry (native_session)");
    assert_eq!((&answer.json()["busy"], &answer.json()["native_session"]), (&json!(true), &json!(true)));
    assert_eq!(answer.header("retry-after"), "30");
    assert!(queue(&server, &target).await.is_empty());
    assert_eq!(the_row(&server, &target).await["status"], "error");
    server.app.overrides.set_capabilities(id(&target), BTreeMap::new());
    assert_eq!(post(&server, &target, &text_message("hi")).status().await, 202);
}

/// Ledger: A2A-51.
#[tokio::test]
async fn headers_that_do_not_come_in_time_queue_the_message() {
    let server = TestServer::start([LOOPBACK_AGENTS, ("A2A_RESPONSE_HEADER_TIMEOUT_SECONDS", "1")]).await;
    let target = workspace_at(&server, "slow", &silent_agent().await).await;
    assert_eq!(post(&server, &target, &text_message("hi")).status().await, 202);
}

/// Ledger: A2A-60.
#[tokio::test]
async fn silence_of_its_own_workspace_ends_an_exchange_and_anothers_beats_do_not_help() {
    let server = TestServer::start([LOOPBACK_AGENTS, ("A2A_IDLE_TIMEOUT_SECONDS", "1")]).await;
    let target = workspace_at(&server, "silent", &silent_agent().await).await;
    let other = server.workspace("other").await;
    let beats = beating(&server, &other);
    tokio::select! {
        answer = post(&server, &target, &text_message("hi")).answer() => assert_eq!(answer.status, 202),
        () = beats => unreachable!("beats never end"),
    }
    let status: String =
        server.sql_value("select status::text from workspaces where id::text = $1", &target).await;
    assert_eq!(status, "online");
}

/// Ledger: A2A-13.
#[tokio::test]
async fn beats_keep_an_exchange_alive_beyond_the_idle_window() {
    let server = TestServer::start([LOOPBACK_AGENTS, ("A2A_IDLE_TIMEOUT_SECONDS", "2")]).await;
    let router = axum::Router::new().fallback(async || {
        tokio::time::sleep(Duration::from_millis(2500)).await;
        axum::Json(json!({ "result": "thought it over" }))
    });
    let agent = Upstream::serve(router).await;
    let target = workspace_at(&server, "thinker", &format!("http://{agent}")).await;
    tokio::select! {
        answer = post(&server, &target, &text_message("hi")).answer() => assert_eq!(answer.status, 200),
        () = beating(&server, &target) => unreachable!("beats never end"),
    }
}

async fn beating(server: &TestServer, workspace: &str) {
    loop {
        server.app.events.broadcast(EventName::WorkspaceHeartbeat, id(workspace), json!({}));
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

#[tokio::test]
async fn the_ceiling_a_sender_names_ends_its_exchange() {
    let server = server().await;
    let target = workspace_at(&server, "silent", &silent_agent().await).await;
    let request = post(&server, &target, &text_message("hi")).header("X-Timeout", "1");
    assert_eq!(request.status().await, 202);
}
