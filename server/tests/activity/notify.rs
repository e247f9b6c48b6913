//! An agent speaks to the user.

use super::*;

/// Ledger: A2A-26, A2A-27.
#[tokio::test]
async fn a_message_to_the_user_is_shown_at_once_and_found_again_after_a_reload() {
    let server = TestServer::start([]).await;
    let agent = agent(&server, "Scribe").await;
    let workspace = server_types::WorkspaceId::canonical(&agent.id).expect("an id");
    let mut events = server.app.events.subscribe(workspace);
    let file =
        json!({ "uri": "workspace:/a.pdf", "name": "a.pdf", "mimeType": "application/pdf", "size": 3 });
    let body = json!({ "message": "done", "attachments": [file], "unknown": true });
    let answer = agent.post(&server, "notify", &body).await;
    assert_eq!((answer.status.as_u16(), answer.json()), (200, json!({ "status": "sent" })));
    let event = events.next().await.expect("an event");
    assert_eq!(event.name.as_str(), "AGENT_MESSAGE");
    let shown =
        json!({ "message": "done", "workspace_id": agent.id, "name": "Scribe", "attachments": [file] });
    assert_eq!(event.payload, shown);
    let rows = agent.rows(&server, "type=a2a_receive&source=canvas").await;
    let [row] = &rows[..] else { panic!("one row: {rows:?}") };
    assert_eq!((&row["method"], &row["summary"]), (&json!("notify"), &json!("Agent message: done")));
    assert!(
        row["source_id"].is_null() && row["target_id"].is_null() && row.get("request_body").is_none(),
        "{row}"
    );
    assert_eq!(
        row["response_body"],
        json!({ "result": "done", "parts": [{ "kind": "file", "file": file }] })
    );
}

/// Ledger: A2A-27.
#[tokio::test]
async fn no_attachments_mean_no_key_anywhere() {
    let server = TestServer::start([]).await;
    let agent = agent(&server, "Scribe").await;
    let mut events = server.app.events.subscribe_all();
    for body in [json!({ "message": "m", "attachments": [] }), json!({ "message": "m" })] {
        assert_eq!(agent.post(&server, "notify", &body).await.status, 200);
        let event = events.next().await.expect("an event");
        assert!(event.payload.get("attachments").is_none());
        let row = agent.rows(&server, "limit=1").await.remove(0);
        assert_eq!(row["response_body"], json!({ "result": "m" }));
    }
}

/// Ledger: A2A-28, EDGE-105.
#[tokio::test]
async fn a_refused_message_is_neither_shown_nor_kept() {
    let server = TestServer::start([]).await;
    let agent = agent(&server, "Scribe").await;
    let mut events = server.app.events.subscribe_all();
    let good = json!({ "uri": "u", "name": "n" });
    let table = [
        (json!({}), "message is required"),
        (json!({ "message": "" }), "message is required"),
        (
            json!({ "message": "m", "attachments": [{ "uri": "", "name": "n" }] }),
            "attachment[0]: uri and name are required",
        ),
        (
            json!({ "message": "m", "attachments": [{ "uri": "u" }] }),
            "attachment[0]: uri and name are required",
        ),
        (json!({ "message": "m", "attachments": [good, {}] }), "attachment[1]: uri and name are required"),
        (json!({ "message": "m", "attachments": "x" }), "invalid request body"),
    ];
    for (body, error) in table {
        agent.post(&server, "notify", &body).await.refused(400, error);
    }
    server.app.events.close();
    assert!(events.next().await.is_none());
    assert!(agent.rows(&server, "").await.is_empty());
}

/// Ledger: A2A-73.
#[tokio::test]
async fn a_message_that_was_shown_is_sent_also_when_it_cannot_be_kept() {
    let server = TestServer::start([]).await;
    let agent = agent(&server, "Scribe").await;
    let mut events = server.app.events.subscribe_all();
    server.sql("alter table activity_logs add constraint broken check (false) not valid", "").await;
    let answer = agent.post(&server, "notify", &json!({ "message": "m" })).await;
    assert_eq!((answer.status.as_u16(), answer.json()), (200, json!({ "status": "sent" })));
    assert_eq!(events.next().await.expect("an event").name.as_str(), "AGENT_MESSAGE");
}

/// Ledger: A2A-110.
#[tokio::test]
async fn long_and_odd_texts_are_kept_whole_with_a_summary_cut_at_a_character() {
    let server = TestServer::start([]).await;
    let agent = agent(&server, "Scribe").await;
    for text in ["é".repeat(100), "👩‍👩‍👧‍👦".repeat(9), format!("{}\0", "x".repeat(79)), "\0".repeat(200)]
    {
        assert_eq!(agent.post(&server, "notify", &json!({ "message": text })).await.status, 200);
        let row = agent.rows(&server, "limit=1").await.remove(0);
        assert_eq!(row["response_body"]["result"], json!(text.replace('\0', "\u{fffd}")));
        let summary = row["summary"].as_str().expect("text");
        assert!(summary.starts_with("Agent message: "), "{summary}");
    }
}
