//! What the sweeps look at, and the one that moves many rows at once.

use server_types::{Trigger, WorkspaceId, WorkspaceStatus};
use sqlx::PgExecutor;

use crate::{DbError, workspaces::facts::EXTERNAL};

/// Moves every external workspace that stopped beating and returns the moved ones.
///
/// Stale is judged by the database's clock; a row that never beat counts from its last update.
///
/// # Errors
/// The database failed.
pub async fn stale_externals(
    db: impl PgExecutor<'_>,
    stale_after_secs: f64,
) -> Result<Vec<WorkspaceId>, DbError> {
    let trigger = Trigger::ExternalStale;
    sqlx::query_scalar!(
        r#"UPDATE workspaces SET status = $1, updated_at = now()
           WHERE status = ANY($2) AND runtime = $3
               AND COALESCE(last_heartbeat_at, updated_at) < now() - make_interval(secs => $4)
           RETURNING id AS "id: WorkspaceId""#,
        trigger.target() as _,
        trigger.sources() as Vec<WorkspaceStatus>,
        EXTERNAL,
        stale_after_secs
    )
    .fetch_all(db)
    .await
}

/// Every workspace that a container of a local engine should be running for.
///
/// # Errors
/// The database failed.
pub async fn with_container(db: impl PgExecutor<'_>) -> Result<Vec<WorkspaceId>, DbError> {
    sqlx::query_scalar!(
        r#"SELECT id AS "id: WorkspaceId" FROM workspaces
           WHERE status = ANY($1) AND COALESCE(runtime, '') <> $2 ORDER BY id"#,
        Trigger::BackendGone.sources() as Vec<WorkspaceStatus>,
        EXTERNAL
    )
    .fetch_all(db)
    .await
}

/// A workspace that is provisioning, and for how long nothing touched it.
#[derive(Clone, Debug)]
pub struct Overdue {
    /// Its id.
    pub id: WorkspaceId,
    /// Its runtime decides the deadline.
    pub runtime: String,
    /// Seconds since the last write.
    pub age_secs: f64,
}

/// Every workspace in provisioning.
///
/// # Errors
/// The database failed.
pub async fn provisioning_rows(db: impl PgExecutor<'_>) -> Result<Vec<Overdue>, DbError> {
    sqlx::query_as!(
        Overdue,
        r#"SELECT id AS "id: _", COALESCE(runtime, 'claude-code') AS "runtime!",
               COALESCE(EXTRACT(EPOCH FROM now() - updated_at)::float8, 0) AS "age_secs!"
           FROM workspaces WHERE status = $1 ORDER BY updated_at"#,
        WorkspaceStatus::Provisioning as _
    )
    .fetch_all(db)
    .await
}
