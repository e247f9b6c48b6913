//! `a2a_queue`: messages that wait for a busy agent.

use server_types::{QueueItemId, WorkspaceId, stored::StoredJson};
use sqlx::PgExecutor;

/// A message to keep.
#[derive(Clone, Debug)]
pub struct NewItem<'a> {
    /// The agent it is for.
    pub target: WorkspaceId,
    /// Who sent it; `None` is the canvas user.
    pub caller: Option<WorkspaceId>,
    /// The normalised body.
    pub body: &'a StoredJson,
    /// Its JSON-RPC method.
    pub method: &'a str,
    /// While an item with this key is active, another is not added.
    pub idempotency_key: Option<&'a str>,
    /// How long it may wait; `None` is for ever.
    pub expires_in_secs: Option<i64>,
}

/// Adds the item, or returns the active one that has the same key.
///
/// # Errors
/// Any database error; `RowNotFound` when the active twin ended in the same instant.
pub async fn enqueue(db: impl PgExecutor<'_>, new: &NewItem<'_>) -> Result<QueueItemId, sqlx::Error> {
    sqlx::query_scalar!(
        r#"WITH added AS (
               INSERT INTO a2a_queue (workspace_id, caller_id, body, method, idempotency_key, expires_at)
               VALUES ($1, $2, $3::text::jsonb, $4, $5, now() + $6::bigint * interval '1 second')
               ON CONFLICT (workspace_id, idempotency_key)
                   WHERE idempotency_key IS NOT NULL AND status IN ('queued', 'dispatched') DO NOTHING
               RETURNING id)
           SELECT id AS "id!" FROM added
           UNION ALL
           SELECT id FROM a2a_queue
           WHERE workspace_id = $1 AND idempotency_key = $5 AND status IN ('queued', 'dispatched')
           LIMIT 1"#,
        new.target.0,
        new.caller.map(|id| id.0),
        new.body.as_str(),
        new.method,
        new.idempotency_key,
        new.expires_in_secs,
    )
    .fetch_one(db)
    .await
    .map(QueueItemId)
}

/// How many messages wait for this agent.
///
/// # Errors
/// Any database error.
pub async fn depth(db: impl PgExecutor<'_>, target: WorkspaceId) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"SELECT count(*) AS "n!" FROM a2a_queue WHERE workspace_id = $1 AND status = 'queued'"#,
        target.0
    )
    .fetch_one(db)
    .await
}
