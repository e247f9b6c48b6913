//! Rows are written, then announced: an `ACTIVITY_LOGGED` event for a row that was refused would be a lie.
//!
//! One writer works for a workspace at a time and keeps the order of its rows. What comes while its
//! statement runs goes into the next one together, so that a busy workspace costs the database one
//! transaction for many rows. No workspace waits for the rows of another.

use std::{sync::Arc, time::Duration};

use serde_json::{Map, Value, json};
use server_store::{
    DbError,
    activity::{self, NewActivity, StoredJson},
};
#[cfg(feature = "witness")]
use server_types::seams::{self, Seam};
use server_types::{EventName, WorkspaceId};
use tokio::sync::oneshot;

use super::waiting::{Full, Turn, Waiting};
use crate::App;

/// Longest statement.
const WRITE_BUDGET: Duration = Duration::from_secs(30);

/// The row was not written, or nobody knows; nothing was announced.
#[derive(Clone, Debug, thiserror::Error)]
pub enum NotRecorded {
    /// The database refused it or is not there.
    #[error(transparent)]
    Database(Arc<DbError>),
    /// Too many rows of this workspace wait already.
    #[error(transparent)]
    Full(#[from] Full),
    /// The database did not answer in time.
    #[error("no answer from the database within {WRITE_BUDGET:?}")]
    TooSlow,
    /// The writer panicked.
    #[error("the writer was lost")]
    Lost,
}

/// Writes the row and announces it with its bodies, so that a live view needs no reload.
///
/// A caller that stops waiting takes back a row that no statement has begun to write.
///
/// # Errors
/// See [`NotRecorded`].
pub async fn record(app: &App, new: NewActivity) -> Result<(), NotRecorded> {
    let (told, outcome) = oneshot::channel();
    if let Some(workspace) = app.activity.push(Waiting { row: new, told })? {
        let own = app.clone();
        app.context.spawn(async move { write_all(&own, workspace).await });
    }
    outcome.await.unwrap_or(Err(NotRecorded::Lost))
}

/// Writes until nothing of the workspace waits.
async fn write_all(app: &App, workspace: WorkspaceId) {
    let mut turn = Turn::of(&app.activity, workspace);
    while let Some(batch) = turn.next() {
        let rows: Vec<_> = batch.iter().map(|waiting| &waiting.row).collect();
        match write(app, &rows).await {
            // One row that the database refuses must not take its neighbours with it.
            Err(NotRecorded::Database(error)) if batch.len() > 1 && error.as_database_error().is_some() => {
                for waiting in batch {
                    let written = write(app, &[&waiting.row]).await;
                    tell(app, waiting, written);
                }
            }
            written => batch.into_iter().for_each(|waiting| tell(app, waiting, written.clone())),
        }
    }
}

async fn write(app: &App, rows: &[&NewActivity]) -> Result<(), NotRecorded> {
    let written = tokio::time::timeout(WRITE_BUDGET, activity::insert(&app.store.db, rows));
    let written = written.await.map_err(|_| NotRecorded::TooSlow)?;
    written.map_err(|error| NotRecorded::Database(Arc::new(error)))
}

fn tell(app: &App, waiting: Waiting, written: Result<(), NotRecorded>) {
    if written.is_ok() {
        app.events.broadcast(EventName::ActivityLogged, waiting.row.workspace_id, payload(&waiting.row));
    }
    // Whoever stopped waiting has given the row up; that it was written all the same hurts nobody.
    let _ = waiting.told.send(written);
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
    #[cfg(feature = "witness")]
    let bodies = if seams::is_open(Seam::ActivityEventsWithoutBodies) { [("", &None); 3] } else { bodies };
    for (key, body) in bodies {
        if let Some(body) = body {
            payload.insert(key.into(), StoredJson::to_value(body));
        }
    }
    Value::Object(payload)
}

#[cfg(test)]
mod tests {
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
