//! The only writers of `workspaces.status` after the insert. Each is one guarded statement.
//!
//! The guard and the new value come from [`server_types::transition`]; no SQL text names a status.
//! A write that changed no row lost its race: the caller announces nothing and does nothing more.

mod fail;
mod liveness;
mod sweeps;

pub use fail::{fail, fail_if_overdue};
pub use liveness::expire_liveness;
use server_types::{Trigger, WorkspaceId, WorkspaceStatus};
use sqlx::PgExecutor;
pub use sweeps::{Overdue, provisioning_rows, stale_externals, with_container};

use crate::DbError;

/// Whether a guarded write found its row where it had to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Change {
    /// The row moved.
    Changed {
        /// Where it stood before.
        from: WorkspaceStatus,
    },
    /// Missing, or no longer in a status the trigger applies to.
    Lost,
}

impl Change {
    /// True when the row moved.
    pub fn happened(self) -> bool {
        matches!(self, Self::Changed { .. })
    }

    fn from_row(from: Option<WorkspaceStatus>) -> Self {
        from.map_or(Self::Lost, |from| Self::Changed { from })
    }
}

/// Moves one workspace.
///
/// # Errors
/// The database failed.
pub async fn transition(
    db: impl PgExecutor<'_>,
    id: WorkspaceId,
    trigger: Trigger,
) -> Result<Change, DbError> {
    let from = sqlx::query_scalar!(
        r#"UPDATE workspaces w SET status = $2, updated_at = now()
           FROM (SELECT id, status FROM workspaces WHERE id = $1 FOR UPDATE) old
           WHERE w.id = old.id AND w.status = ANY($3)
           RETURNING old.status AS "status: WorkspaceStatus""#,
        id.0,
        trigger.target() as _,
        trigger.sources() as Vec<WorkspaceStatus>
    )
    .fetch_optional(db)
    .await?;
    Ok(Change::from_row(from))
}

/// Moves one workspace and empties its URL: the agent behind it is being stopped or replaced.
///
/// # Errors
/// The database failed.
pub async fn transition_without_url(
    db: impl PgExecutor<'_>,
    id: WorkspaceId,
    trigger: Trigger,
) -> Result<Change, DbError> {
    let from = sqlx::query_scalar!(
        r#"UPDATE workspaces w SET status = $2, url = '', updated_at = now()
           FROM (SELECT id, status FROM workspaces WHERE id = $1 FOR UPDATE) old
           WHERE w.id = old.id AND w.status = ANY($3)
           RETURNING old.status AS "status: WorkspaceStatus""#,
        id.0,
        trigger.target() as _,
        trigger.sources() as Vec<WorkspaceStatus>
    )
    .fetch_optional(db)
    .await?;
    Ok(Change::from_row(from))
}

/// Lands an external workspace after its insert: online with a URL, else waiting for its agent.
///
/// # Errors
/// The database failed.
pub async fn land_external(
    db: impl PgExecutor<'_>,
    id: WorkspaceId,
    url: Option<&str>,
) -> Result<Change, DbError> {
    let trigger = match url {
        Some(_) => Trigger::ExternalCreatedWithUrl,
        None => Trigger::ExternalCreatedWithoutUrl,
    };
    let from = sqlx::query_scalar!(
        r#"UPDATE workspaces w SET status = $2, url = COALESCE($4, w.url), updated_at = now()
           FROM (SELECT id, status FROM workspaces WHERE id = $1 FOR UPDATE) old
           WHERE w.id = old.id AND w.status = ANY($3)
           RETURNING old.status AS "status: WorkspaceStatus""#,
        id.0,
        trigger.target() as _,
        trigger.sources() as Vec<WorkspaceStatus>,
        url
    )
    .fetch_optional(db)
    .await?;
    Ok(Change::from_row(from))
}

/// Removes several workspaces; returns those that were not removed before.
///
/// # Errors
/// The database failed.
pub async fn remove(db: impl PgExecutor<'_>, ids: &[WorkspaceId]) -> Result<Vec<WorkspaceId>, DbError> {
    let ids: Vec<_> = ids.iter().map(|id| id.0).collect();
    sqlx::query_scalar!(
        r#"UPDATE workspaces SET status = $2, updated_at = now() WHERE id = ANY($1) AND status = ANY($3)
           RETURNING id AS "id: WorkspaceId""#,
        &ids,
        Trigger::Deleted.target() as _,
        Trigger::Deleted.sources() as Vec<WorkspaceStatus>
    )
    .fetch_all(db)
    .await
}
