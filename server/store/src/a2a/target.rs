//! The row of the workspace a message is for.

use server_types::{WorkspaceId, WorkspaceStatus};
use sqlx::PgExecutor;

/// Everything the proxy decides by; read once per message.
#[derive(Clone, Debug)]
pub struct Target {
    /// For people.
    pub name: String,
    /// Registered address; `None` and `""` both mean none.
    pub url: Option<String>,
    /// Where it stands.
    pub status: WorkspaceStatus,
    /// `push`, `poll` or undecided.
    pub delivery_mode: Option<String>,
    /// `external` has no backend of ours.
    pub runtime: Option<String>,
    /// Cents per month, if limited.
    pub budget_limit: Option<i64>,
    /// Cents spent this month.
    pub monthly_spend: i64,
}

/// Reads the target; `None` when there is no such row.
///
/// # Errors
/// Any database error.
pub async fn target(db: impl PgExecutor<'_>, id: WorkspaceId) -> Result<Option<Target>, sqlx::Error> {
    sqlx::query_as!(
        Target,
        r#"SELECT name, url, status AS "status: WorkspaceStatus", delivery_mode, runtime, budget_limit, monthly_spend
           FROM workspaces WHERE id = $1"#,
        id.0
    )
    .fetch_optional(db)
    .await
}

/// Remembers that a workspace spoke.
///
/// # Errors
/// Any database error.
pub async fn touch_outbound(db: impl PgExecutor<'_>, caller: WorkspaceId) -> Result<(), sqlx::Error> {
    sqlx::query!("UPDATE workspaces SET last_outbound_at = now(), updated_at = now() WHERE id = $1", caller.0)
        .execute(db)
        .await
        .map(drop)
}
