//! The partial update of `PATCH /workspaces/{id}`: a key that is absent leaves its column alone.

use server_types::WorkspaceId;
use sqlx::PgExecutor;

use crate::DbError;

/// The given keys; the inner `None` of a nullable column clears it.
#[derive(Clone, Debug, Default)]
pub struct Patch {
    /// New name.
    pub name: Option<String>,
    /// New role; empty is stored as NULL.
    pub role: Option<Option<String>>,
    /// New size class.
    pub tier: Option<i32>,
    /// New parent, or none: a root.
    pub parent_id: Option<Option<WorkspaceId>>,
    /// New runtime.
    pub runtime: Option<String>,
    /// New host directory, or none.
    pub workspace_dir: Option<Option<String>>,
    /// Minutes of idleness before hibernation, or never.
    pub hibernation_idle_minutes: Option<Option<i32>>,
}

/// Applies the patch; false when there is no such row.
///
/// # Errors
/// The database refused, e.g. an unknown parent.
pub async fn patch(db: impl PgExecutor<'_>, id: WorkspaceId, patch: &Patch) -> Result<bool, DbError> {
    let done = sqlx::query!(
        r#"UPDATE workspaces SET
               name = COALESCE($2, name),
               role = CASE WHEN $3 THEN $4 ELSE role END,
               tier = COALESCE($5, tier),
               parent_id = CASE WHEN $6 THEN $7 ELSE parent_id END,
               runtime = COALESCE($8, runtime),
               workspace_dir = CASE WHEN $9 THEN $10 ELSE workspace_dir END,
               hibernation_idle_minutes = CASE WHEN $11 THEN $12 ELSE hibernation_idle_minutes END,
               updated_at = now()
           WHERE id = $1"#,
        id.0,
        patch.name,
        patch.role.is_some(),
        patch.role.clone().flatten(),
        patch.tier,
        patch.parent_id.is_some(),
        patch.parent_id.flatten().map(|id| id.0),
        patch.runtime,
        patch.workspace_dir.is_some(),
        patch.workspace_dir.clone().flatten(),
        patch.hibernation_idle_minutes.is_some(),
        patch.hibernation_idle_minutes.flatten(),
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() > 0)
}
