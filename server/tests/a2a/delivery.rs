//! A message reaches its agent, and the answer its sender.

use axum::response::IntoResponse as _;
use serde_json::{Value, json};

use super::*;
use crate::support::Answering as _;

/// Ledger: A2A-01.
#[tokio::test]
async fn a_v0_2_message_reaches_the_agent_in_canonical_form_and_the_answer_comes_back() {
    let server = server().await;
    let agent =
        agent_saying(json!({ "kind": "message", "parts": [{ "kind": "text", "text": "PONG" }] })).await;
    let target = workspace_at(&server, "callee", &agent.url()).await;
    let answer =
        post(&server, &target, &message(json!({ "role": "user", "content": "ping" }))).answer().await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.json()["id"], "r-1");
    assert_eq!(answer.json()["result"]["parts"][0]["text"], "PONG");
    let seen = agent.seen();
    let [request] = &seen[..] else { panic!("one request: {seen:?}") };
    let sent = &json_body(request)["params"]["message"];
    assert_eq!(sent["parts"], json!([{ "kind": "text", "text": "ping" }]));
    assert!(sent.get("content").is_none() && sent["messageId"].is_string(), "{sent}");
    assert_eq!(request.headers["content-type"], "application/json");
}

/// Ledger: A2A-115.
#[tokio::test]
async fn the_protocol_version_reaches_the_agent_and_the_callers_credentials_do_not() {
    let server = server().await;
    let agent = agent_saying(json!({})).await;
    let target = workspace_at(&server, "callee", &agent.url()).await;
    let caller = server.workspace("caller").await;
    let request = post(&server, &target, &text_message("hi"))
        .header("A2A-Version", "1.0")
        .header("X-A2A-Extensions", "https://example.com/ext")
        .header("Cookie", "session=1")
        .bearer_auth(server.token(&caller).await);
    assert_eq!(request.status().await, 200);
    let headers = agent.seen().remove(0).headers;
    assert_eq!(headers["a2a-version"], "1.0");
    assert_eq!(headers["x-a2a-extensions"], "https://example.com/ext");
    assert!(!headers.contains_key("authorization") && !headers.contains_key("cookie"), "{headers:?}");
}

#[tokio::test]
async fn an_agents_failure_keeps_its_status_and_says_what_the_agent_said() {
    let server = server().await;
    let table = [
        (404, "application/json", r#"{"error":"no such task"}"#, "no such task"),
        (500, "application/json", r#"{"error":{"code":1}}"#, "Internal Server Error"),
        (502, "text/html", "<html>secret upstream page</html>", "Bad Gateway"),
        (302, "text/plain", "", "Found"),
    ];
    for (status, content_type, body, error) in table {
        let agent = agent_answering(status, content_type, body).await;
        let target = workspace_at(&server, "failing", &agent.url()).await;
        let answer = post(&server, &target, &text_message("hi")).answer().await;
        answer.refused(status, error);
        let row = the_row(&server, &target).await;
        assert_eq!(row["status"], if status >= 400 { "error" } else { "ok" }, "{row}");
    }
}

#[tokio::test]
async fn a_json_rpc_error_inside_a_200_is_the_agents_answer() {
    let server = server().await;
    let body = r#"{"jsonrpc":"2.0","id":"r-1","error":{"code":-32601,"message":"no"}}"#;
    let agent = agent_answering(200, "application/json", body).await;
    let target = workspace_at(&server, "callee", &agent.url()).await;
    let answer = post(&server, &target, &text_message("hi")).answer().await;
    assert_eq!((answer.status.as_u16(), answer.body.as_str()), (200, body));
}

/// Ledger: A2A-118.
#[tokio::test]
async fn a_stream_of_events_comes_back_whole_and_is_stored_as_text() {
    let server = server().await;
    let body = "data: {\"jsonrpc\":\"2.0\",\"result\":1}\n\ndata: {\"jsonrpc\":\"2.0\",\"result\":2}\n\n";
    let agent = agent_answering(200, "text/event-stream", body).await;
    let target = workspace_at(&server, "streamer", &agent.url()).await;
    let mut events = server.app.events.subscribe(id(&target));
    let mut request = text_message("go");
    request["method"] = json!("message/stream");
    let answer = post(&server, &target, &request).answer().await;
    assert_eq!((answer.body.as_str(), answer.header("content-type").as_str()), (body, "text/event-stream"));
    assert_eq!(the_row(&server, &target).await["response_body"], json!(body));
    let first = events.next().await.expect("an event");
    assert_eq!(first.name.as_str(), "ACTIVITY_LOGGED", "no reply event for what is no JSON");
}

/// Ledger: A2A-112.
#[tokio::test]
async fn a_lost_reply_says_whether_the_message_was_delivered() {
    let server = server().await;
    for (head, confirmed) in [
        ("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{\"a\"", true),
        ("HTTP/1.1 500 X\r\nContent-Length: 9\r\n\r\n{\"a\"", false),
    ] {
        let url = agent_hanging_up(head).await;
        let target = workspace_at(&server, "cut", &url).await;
        let answer = post(&server, &target, &text_message("hi")).answer().await;
        answer.refused(502, "failed to read agent response");
        assert_eq!(answer.json()["delivery_confirmed"], confirmed);
        assert_eq!(the_row(&server, &target).await["status"], if confirmed { "ok" } else { "error" });
    }
}

/// Ledger: A2A-113.
#[tokio::test]
async fn a_sender_that_hangs_up_does_not_cancel_the_exchange() {
    let server = server().await;
    let (gate, opened) = tokio::sync::watch::channel(false);
    let (reached, mut arrived) = tokio::sync::mpsc::channel(1);
    let router = axum::Router::new().fallback(move || {
        let (mut opened, reached) = (opened.clone(), reached.clone());
        async move {
            reached.send(()).await.expect("the test lives");
            opened.wait_for(|open| *open).await.expect("the test lives");
            axum::Json(json!({ "jsonrpc": "2.0", "result": "done" })).into_response()
        }
    });
    let agent = Upstream::serve(router).await;
    let target = workspace_at(&server, "slow", &format!("http://{agent}")).await;
    let mut events = server.app.events.subscribe(id(&target));
    let request = post(&server, &target, &text_message("long work")).send();
    tokio::select! {
        _ = request => unreachable!("the agent has not answered yet"),
        at_the_agent = arrived.recv() => at_the_agent.expect("the message"),
    }
    gate.send(true).expect("the agent waits");
    let row = the_row(&server, &target).await;
    assert_eq!((&row["status"], &row["response_body"]["result"]), (&json!("ok"), &json!("done")));
    assert!(events.next().await.is_some());
}

#[tokio::test]
async fn a_reply_of_any_json_comes_back_byte_for_byte() {
    let server = server().await;
    let body = "{\"result\": {\"n\": 1.0, \"big\": 123456789012345678901234567890},\n \"x\": \"\\u00e9\"}";
    let agent = agent_answering(200, "application/json", body).await;
    let target = workspace_at(&server, "callee", &agent.url()).await;
    assert_eq!(post(&server, &target, &text_message("hi")).answer().await.body, body);
    let stored: String = server
        .sql_value(
            "select response_body->'result'->>'big' from activity_logs where workspace_id::text = $1",
            {
                the_row(&server, &target).await;
                &target
            },
        )
        .await;
    assert_eq!(stored, "123456789012345678901234567890");
    let _: Value = serde_json::from_str(body).expect("JSON");
}
