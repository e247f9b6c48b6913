//! An agent reports what it did.

use super::*;

/// Ledger: A2A-109.
#[tokio::test]
async fn exactly_seven_types_may_be_reported() {
    let server = TestServer::start([]).await;
    let agent = agent(&server, "reporter").await;
    let types =
        ["a2a_send", "a2a_receive", "task_update", "agent_log", "skill_promotion", "memory_write", "error"];
    for name in types {
        let answer = agent.post(&server, "activity", &json!({ "activity_type": name })).await;
        assert_eq!((answer.status.as_u16(), answer.json()), (200, json!({ "status": "logged" })), "{name}");
    }
    for name in ["delegation", "", "cron_run", "nonsense"] {
        let answer = agent.post(&server, "activity", &json!({ "activity_type": name })).await;
        answer.refused(400, &format!("invalid activity_type, must be one of: {}", types.join(", ")));
    }
    assert_eq!(agent.rows(&server, "").await.len(), types.len());
}

#[tokio::test]
async fn an_unreadable_report_is_refused_and_leaves_nothing() {
    let server = TestServer::start([]).await;
    let agent = agent(&server, "reporter").await;
    let bodies = [
        json!([]),
        json!({}),
        json!({ "activity_type": 7 }),
        json!({ "activity_type": "agent_log", "target_id": "not-a-uuid" }),
        json!({ "activity_type": "agent_log", "summary": 1 }),
        json!({ "activity_type": "agent_log", "duration_ms": "1" }),
    ];
    for body in bodies {
        agent.post(&server, "activity", &body).await.refused(400, "invalid request body");
    }
    assert!(agent.rows(&server, "").await.is_empty());
}

/// Ledger: A2A-108.
#[tokio::test]
async fn nobody_reports_in_anothers_name() {
    let server = TestServer::start([]).await;
    let (agent, other) = (agent(&server, "reporter").await, server.workspace("other").await);
    for claimed in [other.as_str(), "me\nforged line"] {
        let body = json!({ "activity_type": "agent_log", "source_id": claimed });
        let answer = agent.post(&server, "activity", &body).await;
        answer.refused(403, "source_id must match authenticated workspace");
    }
    assert!(agent.rows(&server, "").await.is_empty());
    for own in ["", agent.id.as_str()] {
        let body = json!({ "activity_type": "agent_log", "source_id": own });
        assert_eq!(agent.post(&server, "activity", &body).await.status, 200);
    }
    assert_eq!(agent.rows(&server, "").await[0]["source_id"], json!(agent.id));
}

/// Ledger: A2A-25.
#[tokio::test]
async fn a_report_is_announced_with_the_bodies_it_has_and_stored_as_announced() {
    let server = TestServer::start([]).await;
    let agent = agent(&server, "reporter").await;
    let workspace = server_types::WorkspaceId::canonical(&agent.id).expect("an id");
    let mut events = server.app.events.subscribe(workspace);
    let full = json!({
        "activity_type": "a2a_send", "method": "message/send", "summary": "nul \0 here", "target_id": agent.id,
        "duration_ms": 12, "status": "timeout", "error_detail": "late",
        "request_body": { "n": 1.50 }, "response_body": ["x\0y"], "metadata": { "ignored": true },
    });
    assert_eq!(agent.post(&server, "activity", &full).await.status, 200);
    let event = events.next().await.expect("an event");
    let row = agent.rows(&server, "").await.remove(0);
    assert_eq!(event.name.as_str(), "ACTIVITY_LOGGED");
    for key in ["activity_type", "method", "summary", "status", "source_id", "target_id", "duration_ms"] {
        assert_eq!(event.payload[key], row[key], "{key}");
    }
    for (key, expected) in [("request_body", json!({ "n": 1.5 })), ("response_body", json!(["x\u{fffd}y"]))] {
        assert_eq!((&event.payload[key], &row[key]), (&expected, &expected));
    }
    assert_eq!(row["summary"], "nul \u{fffd} here");

    let bare = json!({ "activity_type": "agent_log", "request_body": null, "metadata": { "m": 1 } });
    assert_eq!(agent.post(&server, "activity", &bare).await.status, 200);
    let event = events.next().await.expect("an event");
    assert_eq!(event.payload["request_body"], json!({ "m": 1 }), "metadata stands in for an absent request");
    assert!(event.payload.get("response_body").is_none() && event.payload.get("tool_trace").is_none());
    let row = agent.rows(&server, "").await.remove(0);
    assert!(row.get("response_body").is_none(), "{row}");
    assert!(row["method"].is_null() && row["status"] == "ok", "{row}");
}

#[tokio::test]
async fn a_report_that_cannot_be_kept_is_not_announced() {
    let server = TestServer::start([]).await;
    let agent = agent(&server, "reporter").await;
    let mut events = server.app.events.subscribe_all();
    server.sql("alter table activity_logs add constraint broken check (false) not valid", "").await;
    let answer = agent.post(&server, "activity", &json!({ "activity_type": "agent_log" })).await;
    answer.refused(500, "failed to log activity");
    server.app.events.close();
    assert!(events.next().await.is_none());
}
