//! `a2a_queue`: messages that wait for a busy agent.

use server_types::{
    QueueItemId, WorkspaceId,
    stored::{StoredJson, StoredText},
};
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

/// An item taken out for delivery.
#[derive(Clone, Debug)]
pub struct Claimed {
    /// Its id.
    pub id: QueueItemId,
    /// Who sent it; `None` is the canvas user.
    pub caller: Option<WorkspaceId>,
    /// The normalised body.
    pub body: String,
    /// Its JSON-RPC method.
    pub method: Option<String>,
    /// How often it was taken out, this time included.
    pub attempts: i32,
}

/// Takes out the next item of this agent: highest priority, then oldest, never an expired one.
///
/// Two callers never get the same item: a row that another one holds is skipped.
///
/// # Errors
/// Any database error; nothing was taken.
pub async fn claim(db: impl PgExecutor<'_>, target: WorkspaceId) -> Result<Option<Claimed>, sqlx::Error> {
    sqlx::query_as!(
        Claimed,
        r#"UPDATE a2a_queue SET status = 'dispatched', dispatched_at = now(), attempts = attempts + 1
           WHERE id = (SELECT id FROM a2a_queue
                       WHERE workspace_id = $1 AND status = 'queued'
                         AND (expires_at IS NULL OR expires_at > now())
                       ORDER BY priority DESC, enqueued_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
           RETURNING id AS "id: QueueItemId", caller_id AS "caller: WorkspaceId", body::text AS "body!", method, attempts"#,
        target.0
    )
    .fetch_optional(db)
    .await
}

/// Ends an item: the agent has it.
///
/// # Errors
/// Any database error.
pub async fn complete(db: impl PgExecutor<'_>, id: QueueItemId) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE a2a_queue SET status = 'completed', completed_at = now() WHERE id = $1 AND status = 'dispatched'",
        id.0
    )
    .execute(db)
    .await
    .map(drop)
}

/// Puts an item back; it keeps its place in the order.
///
/// # Errors
/// Any database error.
pub async fn put_back(
    db: impl PgExecutor<'_>,
    id: QueueItemId,
    error: Option<&StoredText>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE a2a_queue SET status = 'queued', dispatched_at = NULL, last_error = COALESCE($2, last_error)
         WHERE id = $1 AND status = 'dispatched'",
        id.0,
        error.map(StoredText::as_str)
    )
    .execute(db)
    .await
    .map(drop)
}

/// Gives an item up.
///
/// # Errors
/// Any database error.
pub async fn fail(db: impl PgExecutor<'_>, id: QueueItemId, error: &StoredText) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE a2a_queue SET status = 'failed', last_error = $2 WHERE id = $1 AND status = 'dispatched'",
        id.0,
        error.as_str()
    )
    .execute(db)
    .await
    .map(drop)
}

/// Puts back what a server that died had taken out; returns how many.
///
/// # Errors
/// Any database error.
pub async fn recover(db: impl PgExecutor<'_>) -> Result<u64, sqlx::Error> {
    let done = sqlx::query!(
        "UPDATE a2a_queue SET status = 'queued', dispatched_at = NULL
         WHERE status = 'dispatched' AND dispatched_at < now() - interval '30 minutes'"
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected())
}
