//! The writer behind an expired liveness key.

use server_types::{Trigger, WorkspaceId, WorkspaceStatus};
use sqlx::PgExecutor;

use crate::{DbError, workspaces::facts::EXTERNAL};

/// Lands a silent workspace: an external one waits for its agent, any other is offline.
///
/// One statement decides by the runtime, so that no read can go stale in between. `None` when no row
/// moved, as for a key of another tenant.
///
/// # Errors
/// The database failed.
pub async fn expire_liveness(
    db: impl PgExecutor<'_>,
    id: WorkspaceId,
) -> Result<Option<WorkspaceStatus>, DbError> {
    sqlx::query_scalar!(
        r#"UPDATE workspaces SET
               status = CASE WHEN runtime = $2 THEN $3::workspace_status ELSE $4::workspace_status END,
               updated_at = now()
           WHERE id = $1 AND status = ANY(CASE WHEN runtime = $2 THEN $5::workspace_status[]
                                               ELSE $6::workspace_status[] END)
           RETURNING status AS "status: WorkspaceStatus""#,
        id.0,
        EXTERNAL,
        Trigger::ExternalLivenessExpired.target() as _,
        Trigger::LivenessExpired.target() as _,
        Trigger::ExternalLivenessExpired.sources() as Vec<WorkspaceStatus>,
        Trigger::LivenessExpired.sources() as Vec<WorkspaceStatus>
    )
    .fetch_optional(db)
    .await
}
