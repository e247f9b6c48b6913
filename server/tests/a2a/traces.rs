//! What a message leaves behind.

use serde_json::json;

use super::*;
use crate::support::Answering as _;

/// Ledger: A2A-119.
#[tokio::test]
async fn an_answer_leaves_its_row_its_tokens_and_the_callers_timestamp() {
    let server = server().await;
    let result = json!({
        "metadata": { "tool_trace": [{ "tool": "bash" }] },
        "usage": { "input_tokens": 3, "output_tokens": 4 },
    });
    let agent = agent_saying(result.clone()).await;
    let target = workspace_at(&server, "worker", &agent.url()).await;
    let caller = server.workspace("boss").await;
    for _ in 0..2 {
        let request = post(&server, &target, &text_message("hi")).bearer_auth(server.token(&caller).await);
        assert_eq!(request.status().await, 200);
    }
    let usage = "select (select input_tokens || '/' || output_tokens || '/' || call_count \
                 from workspace_token_usage where workspace_id::text = $1)";
    let look = async || server.sql_value::<Option<String>>(usage, &target).await;
    eventually(look, |sum| sum.as_deref() == Some("6/8/2")).await;
    let row = rows(&server, &target).await.remove(0);
    assert_eq!(row["activity_type"], "a2a_receive");
    assert_eq!((&row["source_id"], &row["target_id"]), (&json!(caller), &json!(target)));
    assert_eq!(row["summary"], "message/send → worker");
    assert_eq!(row["request_body"], text_message("hi"));
    assert_eq!(row["response_body"]["result"], result);
    assert_eq!(row["tool_trace"], json!([{ "tool": "bash" }]));
    assert!(row["duration_ms"].is_i64() && row["error_detail"].is_null(), "{row}");
    let spoke: bool = server
        .sql_value("select last_outbound_at is not null from workspaces where id::text = $1", &caller)
        .await;
    assert!(spoke);
}

/// Ledger: A2A-111.
#[tokio::test]
async fn the_canvas_hears_of_a_reply_to_its_own_message_and_of_no_other() {
    let server = server().await;
    let agent = agent_saying(json!("hello user")).await;
    let target = workspace_at(&server, "worker", &agent.url()).await;
    let caller = server.workspace("boss").await;
    let token = server.token(&caller).await;
    let mut events = server.app.events.subscribe(id(&target));

    assert_eq!(post(&server, &target, &text_message("from an agent")).bearer_auth(token).status().await, 200);
    let logged = events.next().await.expect("an event");
    assert_eq!(logged.name.as_str(), "ACTIVITY_LOGGED");

    let failing = agent_answering(500, "application/json", "{}").await;
    set(&server, &target, "url", &failing.url()).await;
    server.app.store.cache.forget_urls(id(&target)).await.expect("in process");
    assert_eq!(post(&server, &target, &text_message("to a failing agent")).status().await, 500);
    let logged = events.next().await.expect("an event");
    assert_eq!((logged.name.as_str(), &logged.payload["status"]), ("ACTIVITY_LOGGED", &json!("error")));

    set(&server, &target, "url", &agent.url()).await;
    server.app.store.cache.forget_urls(id(&target)).await.expect("in process");
    assert_eq!(post(&server, &target, &text_message("from the user")).status().await, 200);
    let reply = events.next().await.expect("an event");
    assert_eq!(reply.name.as_str(), "A2A_RESPONSE");
    assert_eq!(reply.payload["response_body"]["result"], "hello user");
    assert_eq!(reply.payload["method"], "message/send");
    assert!(reply.payload["duration_ms"].is_number());
}
