//! One message of the queue, as those whom it concerns may see it.

use chrono::{DateTime, Utc};
use serde::Serialize;
use server_types::{QueueItemId, WorkspaceId};
use sqlx::PgExecutor;

/// A message that waits or waited; its body stays with its target.
#[derive(Clone, Debug, Serialize)]
#[allow(missing_docs, reason = "the columns of a2a_queue")]
pub struct Item {
    pub queue_id: QueueItemId,
    pub workspace_id: WorkspaceId,
    pub caller_id: Option<WorkspaceId>,
    pub status: String,
    pub priority: i16,
    pub method: Option<String>,
    pub attempts: i32,
    pub last_error: Option<String>,
    pub enqueued_at: DateTime<Utc>,
    pub dispatched_at: Option<DateTime<Utc>>,
    pub completed_at: Option<DateTime<Utc>>,
    pub expires_at: Option<DateTime<Utc>>,
}

/// Finds a message by its public id.
///
/// # Errors
/// Any database error.
pub async fn find(db: impl PgExecutor<'_>, id: QueueItemId) -> Result<Option<Item>, sqlx::Error> {
    sqlx::query_as!(
        Item,
        r#"SELECT id AS "queue_id: QueueItemId", workspace_id AS "workspace_id: WorkspaceId",
                  caller_id AS "caller_id: WorkspaceId", status, priority, method, attempts, last_error,
                  enqueued_at, dispatched_at, completed_at, expires_at
           FROM a2a_queue WHERE id = $1"#,
        id.0
    )
    .fetch_optional(db)
    .await
}
