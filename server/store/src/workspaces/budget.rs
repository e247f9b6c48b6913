//! The monthly ceiling and what was spent of it, in USD cents.

use server_types::{WorkspaceId, WorkspaceStatus};
use sqlx::PgExecutor;

use crate::DbError;

/// Ceiling and spend of one workspace.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    /// `None`: no ceiling.
    pub budget_limit: Option<i64>,
    /// Spent this month.
    pub monthly_spend: i64,
}

/// Reads the budget; `None` for a missing or removed workspace.
///
/// # Errors
/// The database failed.
pub async fn budget(db: impl PgExecutor<'_>, id: WorkspaceId) -> Result<Option<Budget>, DbError> {
    sqlx::query_as!(
        Budget,
        "SELECT budget_limit, monthly_spend FROM workspaces WHERE id = $1 AND status <> $2",
        id.0,
        WorkspaceStatus::Removed as _,
    )
    .fetch_optional(db)
    .await
}

/// Sets or lifts the ceiling; `None` for a missing or removed workspace.
///
/// # Errors
/// The database failed.
pub async fn set_budget(
    db: impl PgExecutor<'_>,
    id: WorkspaceId,
    limit: Option<i64>,
) -> Result<Option<Budget>, DbError> {
    sqlx::query_as!(
        Budget,
        r#"UPDATE workspaces SET budget_limit = $3, updated_at = now() WHERE id = $1 AND status <> $2
           RETURNING budget_limit, monthly_spend"#,
        id.0,
        WorkspaceStatus::Removed as _,
        limit,
    )
    .fetch_optional(db)
    .await
}
