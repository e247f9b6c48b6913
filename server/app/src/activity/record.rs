//! One row, then its `ACTIVITY_LOGGED` event: an event for a row that was refused would be a lie.

use serde_json::{Map, Value, json};
use server_store::{
    DbError,
    activity::{self, NewActivity, StoredJson},
};
use server_types::{ActivityId, EventName};

use crate::App;

/// Writes the row and announces it with its bodies, so that a live view needs no reload.
///
/// # Errors
/// The row was not written; nothing was announced.
pub async fn record(app: &App, new: &NewActivity) -> Result<ActivityId, DbError> {
    let id = activity::insert(&app.store.db, new).await?;
    app.events.broadcast(EventName::ActivityLogged, new.workspace_id, payload(new));
    Ok(id)
}

/// Bodies appear only when present: a null body would overwrite what the view already shows.
fn payload(new: &NewActivity) -> Value {
    let mut payload = Map::new();
    payload.insert("activity_type".into(), json!(new.activity_type));
    payload.insert("method".into(), json!(new.method.as_ref().map(|text| text.as_str())));
    payload.insert("summary".into(), json!(new.summary.as_ref().map(|text| text.as_str())));
    payload.insert("status".into(), json!(new.status.as_str()));
    payload.insert("source_id".into(), json!(new.source_id));
    payload.insert("target_id".into(), json!(new.target_id));
    payload.insert("duration_ms".into(), json!(new.duration_ms));
    let bodies = [
        ("tool_trace", &new.tool_trace),
        ("request_body", &new.request_body),
        ("response_body", &new.response_body),
    ];
    for (key, body) in bodies {
        if let Some(body) = body {
            payload.insert(key.into(), StoredJson::to_value(body));
        }
    }
    Value::Object(payload)
}

#[cfg(test)]
mod tests {
    use server_types::WorkspaceId;
    use uuid::Uuid;

    use super::*;

    /// Ledger: A2A-25.
    #[test]
    fn bodies_are_announced_when_present_and_absent_when_not() {
        let mut new = NewActivity::new(WorkspaceId(Uuid::nil()), "agent_log");
        let bare = payload(&new);
        assert!(bare.get("request_body").is_none() && bare.get("response_body").is_none());
        assert_eq!(bare["status"], "ok");
        new.request_body = StoredJson::parse(r#"{"a":1}"#);
        let full = payload(&new);
        assert_eq!(full["request_body"], json!({ "a": 1 }));
        assert!(full.get("response_body").is_none() && full.get("tool_trace").is_none());
    }
}
