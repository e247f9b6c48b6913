//! The writers of `failed`: all of them leave the safe text that says why.

use server_types::{Trigger, WorkspaceId, WorkspaceStatus};
use sqlx::PgExecutor;

use super::Change;
use crate::DbError;

/// Fails one workspace with a text fit for users.
///
/// # Errors
/// The database failed.
pub async fn fail(
    db: impl PgExecutor<'_>,
    id: WorkspaceId,
    trigger: Trigger,
    safe_text: &str,
) -> Result<Change, DbError> {
    let from = sqlx::query_scalar!(
        r#"UPDATE workspaces w SET status = $2, last_sample_error = $4, updated_at = now()
           FROM (SELECT id, status FROM workspaces WHERE id = $1 FOR UPDATE) old
           WHERE w.id = old.id AND w.status = ANY($3)
           RETURNING old.status AS "status: WorkspaceStatus""#,
        id.0,
        trigger.target() as _,
        trigger.sources() as Vec<WorkspaceStatus>,
        safe_text
    )
    .fetch_optional(db)
    .await?;
    Ok(Change::from_row(from))
}

/// Fails a workspace that is still provisioning and still untouched for `deadline_secs`.
///
/// # Errors
/// The database failed.
pub async fn fail_if_overdue(
    db: impl PgExecutor<'_>,
    id: WorkspaceId,
    deadline_secs: f64,
    safe_text: &str,
) -> Result<Change, DbError> {
    let trigger = Trigger::ProvisionTimedOut;
    let from = sqlx::query_scalar!(
        r#"UPDATE workspaces w SET status = $2, last_sample_error = $4, updated_at = now()
           FROM (SELECT id, status FROM workspaces WHERE id = $1 FOR UPDATE) old
           WHERE w.id = old.id AND w.status = ANY($3) AND w.updated_at < now() - make_interval(secs => $5)
           RETURNING old.status AS "status: WorkspaceStatus""#,
        id.0,
        trigger.target() as _,
        trigger.sources() as Vec<WorkspaceStatus>,
        safe_text,
        deadline_secs
    )
    .fetch_optional(db)
    .await?;
    Ok(Change::from_row(from))
}
