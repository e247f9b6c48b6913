//! What is refused, in which order, and that nothing leaves the server then.

use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::*;
use crate::support::{Answering as _, nobody};

const UNKNOWN: &str = "7f7c1bb4-3a57-4f0c-9e9d-0d8ac1f5f0aa";

async fn spend(server: &TestServer, workspace: &str) {
    server
        .sql("update workspaces set budget_limit = 100, monthly_spend = 100 where id::text = $1", workspace)
        .await;
}

/// Ledger: A2A-02.
#[tokio::test]
async fn a_message_without_parts_is_a_json_rpc_error_and_reaches_nobody() {
    let server = server().await;
    let agent = agent_saying(json!({})).await;
    let target = workspace_at(&server, "callee", &agent.url()).await;
    let answer = post(&server, &target, &message(json!({ "role": "user" }))).answer().await;
    assert_eq!(answer.status, 400);
    let body = answer.json();
    assert_eq!((&body["jsonrpc"], &body["id"]), (&json!("2.0"), &json!("r-1")));
    assert_eq!(body["error"]["code"], -32602);
    assert!(body["error"]["message"].as_str().expect("text").contains("params.message.parts"));
    assert!(agent.seen().is_empty());
    assert!(rows(&server, &target).await.is_empty());
}

/// Ledger: A2A-53.
#[tokio::test]
async fn access_comes_before_budget_budget_before_shape_and_shape_before_the_target() {
    let server = server().await;
    let malformed = json!([]);
    let target = server.workspace("callee").await;
    spend(&server, &target).await;
    post(&server, &target, &malformed).answer().await.refused(402, "workspace budget limit exceeded");
    post(&server, UNKNOWN, &malformed).answer().await.refused(400, "invalid JSON");
    let polling = server.workspace("polling").await;
    set(&server, &polling, "delivery_mode", "poll").await;
    post(&server, &polling, &malformed).answer().await.refused(400, "invalid JSON");
    assert!(rows(&server, &polling).await.is_empty());
    let (stranger, parent) = (server.workspace("stranger").await, server.workspace("parent").await);
    set(&server, &target, "parent_id", &parent).await;
    let denied = post(&server, &target, &malformed).bearer_auth(server.token(&stranger).await).answer().await;
    denied.refused(403, "access denied: workspaces cannot communicate per hierarchy rules");
}

/// Ledger: A2A-92.
#[tokio::test]
async fn relatives_may_talk_and_strangers_may_not() {
    let server = server().await;
    let agent = agent_saying(json!({})).await;
    let at = agent.url();
    let parent = workspace_at(&server, "parent", &at).await;
    let (one, other) = (workspace_at(&server, "one", &at).await, workspace_at(&server, "other", &at).await);
    let cousin = workspace_at(&server, "cousin", &at).await;
    let root = workspace_at(&server, "root", &at).await;
    for (child, above) in [(&one, &parent), (&other, &parent), (&cousin, &root)] {
        set(&server, child, "parent_id", above).await;
    }
    let token = server.token(&one).await;
    for (target, status) in [(&one, 200), (&other, 200), (&parent, 200), (&root, 403), (&cousin, 403)] {
        let request = post(&server, target, &text_message("hi")).bearer_auth(&token);
        assert_eq!(request.status().await, status, "{target}");
    }
    let between_roots = post(&server, &root, &text_message("hi")).bearer_auth(server.token(&parent).await);
    assert_eq!(between_roots.status().await, 200);
}

/// Ledger: A2A-93.
#[tokio::test]
async fn a_target_over_its_budget_is_not_called() {
    let server = server().await;
    let agent = agent_saying(json!({})).await;
    let target = workspace_at(&server, "callee", &agent.url()).await;
    spend(&server, &target).await;
    post(&server, &target, &text_message("hi"))
        .answer()
        .await
        .refused(402, "workspace budget limit exceeded");
    assert!(agent.seen().is_empty());
    server.sql("update workspaces set monthly_spend = 99 where id::text = $1", &target).await;
    assert_eq!(post(&server, &target, &text_message("hi")).status().await, 200);
}

/// Ledger: A2A-10.
#[tokio::test]
async fn an_unknown_and_a_removed_workspace_are_the_same_404_also_with_a_cached_address() {
    let server = server().await;
    let agent = agent_saying(json!({})).await;
    post(&server, UNKNOWN, &text_message("hi")).answer().await.refused(404, "workspace not found");
    let removed = workspace_at(&server, "removed", &agent.url()).await;
    assert_eq!(post(&server, &removed, &text_message("hi")).status().await, 200, "the address is cached now");
    set(&server, &removed, "status", "removed").await;
    set(&server, &removed, "delivery_mode", "poll").await;
    post(&server, &removed, &text_message("hi")).answer().await.refused(404, "workspace not found");
    assert_eq!(agent.seen().len(), 1);
}

/// Ledger: A2A-58.
#[tokio::test]
async fn an_address_the_server_must_not_call_is_not_called() {
    let server = server().await;
    for url in ["http://169.254.169.254/latest/meta-data/", "http://[::1]:1/", "ftp://127.0.0.1/", "nonsense"]
    {
        let target = workspace_at(&server, "unsafe", url).await;
        let answer = post(&server, &target, &text_message("hi")).answer().await;
        answer.refused(502, "workspace URL is not publicly routable");
    }
    let strict = TestServer::start([]).await;
    let agent = agent_saying(json!({})).await;
    let target = workspace_at(&strict, "loopback", &agent.url()).await;
    assert_eq!(post(&strict, &target, &text_message("hi")).status().await, 502);
    assert!(agent.seen().is_empty());
}

#[tokio::test]
async fn a_workspace_without_an_address_says_where_it_stands() {
    let server = server().await;
    let target = server.workspace("starting").await;
    set(&server, &target, "status", "provisioning").await;
    let answer = post(&server, &target, &text_message("hi")).answer().await;
    answer.refused(503, "workspace has no URL");
    assert_eq!(answer.json()["status"], "provisioning");
}

/// Ledger: A2A-94.
#[tokio::test]
async fn an_agent_nobody_reaches_is_a_502_and_the_message_is_not_queued() {
    let server = server().await;
    let target = workspace_at(&server, "gone", &nobody()).await;
    post(&server, &target, &text_message("hi"))
        .answer()
        .await
        .refused(502, "failed to reach workspace agent");
    let queued: i64 =
        server.sql_value("select count(*) from a2a_queue where workspace_id::text = $1", &target).await;
    assert_eq!(queued, 0);
    let row = the_row(&server, &target).await;
    assert_eq!((&row["status"], &row["request_body"]["id"]), (&json!("error"), &json!("r-1")));
    assert!(row["summary"].as_str().expect("text").starts_with("A2A request to gone failed: "), "{row}");
}

#[tokio::test]
async fn a_body_over_one_mebibyte_and_a_malformed_id_are_refused() {
    let server = server().await;
    let target = server.workspace("callee").await;
    for path in [format!("/workspaces/{target}/a2a"), "/workspaces/not-a-uuid/a2a".into()] {
        let answer = server.post(&path).body(vec![b' '; 1_048_577]).answer().await;
        match path.contains("not-a") {
            true => answer.refused(400, "invalid workspace ID"),
            false => answer.refused(413, "request body too large (max 1048576 bytes)"),
        }
    }
    // Exactly the cap is read, and judged.
    let full = server.post(&format!("/workspaces/{target}/a2a")).body(vec![b' '; 1_048_576]);
    full.answer().await.refused(400, "invalid JSON");
}

/// A proxy writes its whole request before it reads: a socket closed under it loses the answer.
#[tokio::test]
async fn a_sender_that_is_still_writing_a_refused_body_gets_the_answer() {
    let server = server().await;
    let target = server.workspace("callee").await;
    let host = server.host();
    let mut stream = tokio::net::TcpStream::connect(&host).await.unwrap();
    let head = format!(
        "POST /workspaces/{target}/a2a HTTP/1.1\r\nHost: {host}\r\nContent-Length: {}\r\n\r\n",
        6 * 1024 * 1024
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let piece = vec![b' '; 64 * 1024];
    for sent in 0..96 {
        stream.write_all(&piece).await.unwrap_or_else(|error| panic!("piece {sent}: {error}"));
    }
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    assert!(answer.to_lowercase().contains("connection: close"), "{answer}");
}
