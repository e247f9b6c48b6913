//! `workspace_config`: the free-form settings of a workspace.

use serde_json::Value;
use server_types::WorkspaceId;
use sqlx::PgExecutor;

use crate::DbError;

/// Merges `data` over what is stored, top-level key by key.
///
/// # Errors
/// The database failed.
pub async fn merge(db: impl PgExecutor<'_>, id: WorkspaceId, data: &Value) -> Result<(), DbError> {
    sqlx::query!(
        r#"INSERT INTO workspace_config AS c (workspace_id, data) VALUES ($1, $2)
           ON CONFLICT (workspace_id) DO UPDATE SET data = c.data || EXCLUDED.data, updated_at = now()"#,
        id.0,
        data
    )
    .execute(db)
    .await?;
    Ok(())
}
