//! `agent_memories`: what a workspace starts out remembering.

use server_types::WorkspaceId;
use sqlx::PgExecutor;

use crate::DbError;

/// Stores one memory; the text has been redacted before.
///
/// # Errors
/// The database failed.
pub async fn seed(
    db: impl PgExecutor<'_>,
    workspace: WorkspaceId,
    scope: &str,
    namespace: &str,
    content: &str,
) -> Result<(), DbError> {
    sqlx::query!(
        "INSERT INTO agent_memories (workspace_id, scope, namespace, content) VALUES ($1, $2, $3, $4)",
        workspace.0,
        scope,
        namespace,
        content
    )
    .execute(db)
    .await?;
    Ok(())
}
