//! The small read that most verbs need before they decide.

use serde_json::Value;
use server_types::{WorkspaceId, WorkspaceStatus};
use sqlx::PgExecutor;

use crate::DbError;

/// What the verbs of the server know of a workspace, removed ones included.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The row's id.
    pub id: WorkspaceId,
    /// Name shown to people.
    pub name: String,
    /// What the agent is for.
    pub role: Option<String>,
    /// Size class.
    pub tier: i32,
    /// Where the workspace stands.
    pub status: WorkspaceStatus,
    /// Runtime; `external` has no backend.
    pub runtime: String,
    /// Registered URL, empty when none.
    pub url: String,
    /// Parent in the hierarchy.
    pub parent_id: Option<WorkspaceId>,
    /// Redirect to follow, at most five hops.
    pub forwarded_to: Option<WorkspaceId>,
    /// Stored mode; `None` until the first registration decides.
    pub delivery_mode: Option<String>,
    /// The card of the last registration.
    pub agent_card: Option<Value>,
    /// Tasks running, as last reported.
    pub active_tasks: i32,
    /// Tasks that may run at once.
    pub max_concurrent_tasks: i32,
    /// The control plane's machine.
    pub instance_id: Option<String>,
    /// Monthly ceiling in USD cents.
    pub budget_limit: Option<i64>,
    /// Spent this month in USD cents.
    pub monthly_spend: i64,
    /// Host directory to mount.
    pub workspace_dir: Option<String>,
    /// Access to the mount.
    pub workspace_access: String,
    /// Memory namespace.
    pub awareness_namespace: Option<String>,
}

impl Facts {
    /// Operator-run: never provisioned, stopped or restarted by the server.
    pub fn is_external(&self) -> bool {
        self.runtime == EXTERNAL
    }
}

/// The runtime of operator-run workspaces.
pub const EXTERNAL: &str = "external";

/// Reads the facts of one workspace.
///
/// # Errors
/// The database failed.
pub async fn facts(db: impl PgExecutor<'_>, id: WorkspaceId) -> Result<Option<Facts>, DbError> {
    sqlx::query_as!(
        Facts,
        r#"SELECT id, name, role, COALESCE(tier, 1) AS "tier!", status AS "status: _",
               COALESCE(runtime, 'claude-code') AS "runtime!", COALESCE(url, '') AS "url!",
               parent_id AS "parent_id: _", forwarded_to AS "forwarded_to: _", delivery_mode, agent_card,
               COALESCE(active_tasks, 0) AS "active_tasks!", max_concurrent_tasks, instance_id,
               budget_limit, monthly_spend, workspace_dir, workspace_access, awareness_namespace
           FROM workspaces WHERE id = $1"#,
        id.0,
    )
    .fetch_optional(db)
    .await
}

/// Where a workspace stands; `None` without a row.
///
/// # Errors
/// The database failed.
pub async fn status(db: impl PgExecutor<'_>, id: WorkspaceId) -> Result<Option<WorkspaceStatus>, DbError> {
    sqlx::query_scalar!(r#"SELECT status AS "status: WorkspaceStatus" FROM workspaces WHERE id = $1"#, id.0)
        .fetch_optional(db)
        .await
}
