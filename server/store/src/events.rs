//! `structure_events`: the append-only history of what was announced.

use chrono::{DateTime, Utc};
use serde_json::Value;
use server_types::{EventId, EventName, WorkspaceId};
use sqlx::PgExecutor;

use crate::DbError;

/// Newest rows a read returns.
pub const PAGE: i64 = 100;

/// One recorded event.
#[derive(Clone, Debug)]
pub struct RecordedEvent {
    /// Row id.
    pub id: EventId,
    /// Event name; text, because history may hold names this build no longer knows.
    pub event_type: String,
    /// Whom it is about.
    pub workspace_id: Option<WorkspaceId>,
    /// What was said.
    pub payload: Value,
    /// When.
    pub created_at: DateTime<Utc>,
}

/// Appends one event.
///
/// # Errors
/// The database failed; nothing must be announced then.
pub async fn append(
    db: impl PgExecutor<'_>,
    name: EventName,
    workspace: Option<WorkspaceId>,
    payload: &Value,
) -> Result<(), DbError> {
    sqlx::query!(
        "INSERT INTO structure_events (event_type, workspace_id, payload) VALUES ($1, $2, $3)",
        name.as_str(),
        workspace.map(|id| id.0),
        payload
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The newest events, newest first; of one workspace when given.
///
/// # Errors
/// The database failed.
pub async fn newest(
    db: impl PgExecutor<'_>,
    workspace: Option<WorkspaceId>,
) -> Result<Vec<RecordedEvent>, DbError> {
    sqlx::query_as!(
        RecordedEvent,
        r#"SELECT id AS "id: _", event_type, workspace_id AS "workspace_id: _",
               COALESCE(payload, '{}') AS "payload!", COALESCE(created_at, now()) AS "created_at!"
           FROM structure_events WHERE $1::uuid IS NULL OR workspace_id = $1
           ORDER BY created_at DESC, id LIMIT $2"#,
        workspace.map(|id| id.0),
        PAGE
    )
    .fetch_all(db)
    .await
}
