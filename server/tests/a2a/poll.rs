//! Targets that poll.

use serde_json::json;

use super::*;
use crate::support::Answering as _;

async fn polling(server: &TestServer) -> String {
    // An address that must never be looked at.
    let target = workspace_at(server, "polling", "http://169.254.169.254/").await;
    set(server, &target, "delivery_mode", "poll").await;
    target
}

/// Ledger: A2A-52, A2A-53.
#[tokio::test]
async fn a_message_to_a_polling_workspace_is_one_row_and_no_call() {
    let server = server().await;
    let target = polling(&server).await;
    let mut events = server.app.events.subscribe(id(&target));
    let bare = json!({ "method": "message/send", "params": { "message": { "content": "hello" } } });
    let answer = post(&server, &target, &bare).answer().await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.json(),
        json!({ "status": "queued", "delivery_mode": "poll", "method": "message/send" })
    );
    // The row is there before the answer is.
    let rows = rows(&server, &target).await;
    let [row] = &rows[..] else { panic!("one row: {rows:?}") };
    assert_eq!(row["activity_type"], "a2a_receive");
    assert_eq!((&row["source_id"], &row["target_id"]), (&Value::Null, &json!(target)));
    assert_eq!((&row["method"], &row["status"]), (&json!("message/send"), &json!("ok")));
    assert_eq!(row["response_body"], Value::Null);
    assert_eq!(row["request_body"]["jsonrpc"], "2.0");
    assert_eq!(row["request_body"]["params"]["message"]["parts"][0]["text"], "hello");
    let event = events.next().await.expect("an event");
    assert_eq!(event.name.as_str(), "ACTIVITY_LOGGED");
    assert_eq!(event.payload["request_body"], row["request_body"]);
}

/// Ledger: A2A-90.
#[tokio::test]
async fn a_row_that_cannot_be_written_is_a_503_and_not_a_promise() {
    let server = server().await;
    let target = polling(&server).await;
    server.sql("alter table activity_logs add constraint broken check (workspace_id::text <> '' and false) not valid", "").await;
    let answer = post(&server, &target, &text_message("hi")).answer().await;
    answer.refused(503, "failed to queue message for poll delivery");
    assert_eq!((answer.header("retry-after").as_str(), &answer.json()["retry_after"]), ("5", &json!(5)));
    assert!(rows(&server, &target).await.is_empty());
}

#[tokio::test]
async fn a_message_with_nul_is_kept_readable() {
    let server = server().await;
    let target = polling(&server).await;
    let answer = post(&server, &target, &text_message("a\0b")).answer().await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let row = the_row(&server, &target).await;
    assert_eq!(row["request_body"]["params"]["message"]["parts"][0]["text"], "a\u{fffd}b");
}
