//! What the orphan sweeper asks: which containers have lost their workspace, and which workspaces their
//! container.
//!
//! Containers are named after the first twelve characters of an id; callers pass only such prefixes.

#[cfg(feature = "witness")]
use server_types::seams::{self, Seam};
use server_types::{WorkspaceId, WorkspaceStatus};
use sqlx::PgExecutor;

use crate::{DbError, workspaces::facts::EXTERNAL};

/// Those of the prefixes all of whose workspaces are removed; one without any row is not among them.
///
/// # Errors
/// The database failed.
pub async fn removed(db: impl PgExecutor<'_>, prefixes: &[String]) -> Result<Vec<String>, DbError> {
    sqlx::query_scalar!(
        r#"SELECT left(id::text, 12) AS "prefix!" FROM workspaces
           WHERE left(id::text, 12) = ANY($1)
           GROUP BY 1 HAVING bool_and(status = $2) ORDER BY 1"#,
        prefixes,
        WorkspaceStatus::Removed as _,
    )
    .fetch_all(db)
    .await
}

/// Those of the prefixes that some workspace has, whatever became of it.
///
/// # Errors
/// The database failed.
pub async fn known(db: impl PgExecutor<'_>, prefixes: &[String]) -> Result<Vec<String>, DbError> {
    sqlx::query_scalar!(
        r#"SELECT DISTINCT left(id::text, 12) AS "prefix!" FROM workspaces
           WHERE left(id::text, 12) = ANY($1)"#,
        prefixes,
    )
    .fetch_all(db)
    .await
}

/// Workspaces without a container whose live tokens nobody used for longer than the grace.
///
/// An external workspace has no container by design, and one that is provisioning has none yet.
///
/// # Errors
/// The database failed.
pub async fn with_stale_tokens(
    db: impl PgExecutor<'_>,
    running: &[String],
    grace_secs: f64,
) -> Result<Vec<WorkspaceId>, DbError> {
    sqlx::query_scalar!(
        r#"SELECT w.id AS "id: WorkspaceId" FROM workspaces w
           WHERE w.status <> ALL($1) AND COALESCE(w.runtime, '') <> $2
               AND left(w.id::text, 12) <> ALL($3)
               AND EXISTS (
                   SELECT 1 FROM workspace_auth_tokens t
                   WHERE t.workspace_id = w.id AND t.revoked_at IS NULL
                       AND COALESCE(t.last_used_at, t.created_at) < now() - make_interval(secs => $4)
               )
           ORDER BY w.id"#,
        &[WorkspaceStatus::Removed, WorkspaceStatus::Provisioning] as &[WorkspaceStatus],
        without_container(),
        running,
        grace_secs,
    )
    .fetch_all(db)
    .await
}

/// The runtime that has no container by design.
fn without_container() -> &'static str {
    #[cfg(feature = "witness")]
    if seams::is_open(Seam::OrphansIncludeExternals) {
        return "none at all";
    }
    EXTERNAL
}

/// Revokes the stale tokens of one workspace and returns how many.
///
/// Staleness is judged again here: a token that a restart minted since the search must survive.
///
/// # Errors
/// The database failed; nothing was revoked.
pub async fn revoke_stale_tokens(
    db: impl PgExecutor<'_>,
    id: WorkspaceId,
    grace_secs: f64,
) -> Result<u64, DbError> {
    let done = sqlx::query!(
        r#"UPDATE workspace_auth_tokens SET revoked_at = now()
           WHERE workspace_id = $1 AND revoked_at IS NULL
               AND COALESCE(last_used_at, created_at) < now() - make_interval(secs => $2)"#,
        id.0,
        grace_secs,
    );
    Ok(done.execute(db).await?.rows_affected())
}
