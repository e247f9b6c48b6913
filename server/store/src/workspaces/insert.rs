//! The insert of a workspace row.

use server_types::{DeliveryMode, WorkspaceId, WorkspaceStatus};
use sqlx::PgExecutor;

use crate::DbError;

/// A row to be; every field validated before.
#[derive(Clone, Debug)]
pub struct NewWorkspace<'a> {
    /// Fresh id.
    pub id: WorkspaceId,
    /// Name shown on the canvas.
    pub name: &'a str,
    /// What the agent is for.
    pub role: Option<&'a str>,
    /// Size class.
    pub tier: i32,
    /// Allow-listed runtime.
    pub runtime: &'a str,
    /// Parent in the hierarchy.
    pub parent_id: Option<WorkspaceId>,
    /// Host directory to mount.
    pub workspace_dir: Option<&'a str>,
    /// `none`, `read_only` or `read_write`.
    pub workspace_access: &'a str,
    /// Monthly ceiling in USD cents.
    pub budget_limit: Option<i64>,
    /// At least 1.
    pub max_concurrent_tasks: i32,
    /// `None` lets the first registration decide.
    pub delivery_mode: Option<DeliveryMode>,
    /// Minutes of idleness before hibernation.
    pub hibernation_idle_minutes: Option<i32>,
}

/// The memory namespace of a workspace.
pub fn awareness_namespace(id: WorkspaceId) -> String {
    format!("workspace:{id}")
}

/// Inserts the row as `provisioning`.
///
/// # Errors
/// The database refused, e.g. an unknown parent.
pub async fn insert(db: impl PgExecutor<'_>, new: &NewWorkspace<'_>) -> Result<(), DbError> {
    sqlx::query!(
        r#"INSERT INTO workspaces (id, name, role, tier, status, runtime, parent_id, workspace_dir,
               workspace_access, budget_limit, max_concurrent_tasks, delivery_mode,
               hibernation_idle_minutes, awareness_namespace)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)"#,
        new.id.0,
        new.name,
        new.role,
        new.tier,
        WorkspaceStatus::Provisioning as _,
        new.runtime,
        new.parent_id.map(|id| id.0),
        new.workspace_dir,
        new.workspace_access,
        new.budget_limit,
        new.max_concurrent_tasks,
        new.delivery_mode.map(DeliveryMode::as_str),
        new.hibernation_idle_minutes,
        awareness_namespace(new.id),
    )
    .execute(db)
    .await?;
    Ok(())
}
