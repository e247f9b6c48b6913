//! The columns that tie a workspace to the machine or container its backend runs.

use server_types::WorkspaceId;
use sqlx::PgExecutor;

use crate::DbError;

/// The machine on file; `None` without a row or without a machine.
///
/// # Errors
/// The database failed.
pub async fn instance_id(db: impl PgExecutor<'_>, id: WorkspaceId) -> Result<Option<String>, DbError> {
    let row = sqlx::query_scalar!("SELECT instance_id FROM workspaces WHERE id = $1", id.0)
        .fetch_optional(db)
        .await?;
    Ok(row.flatten().filter(|instance| !instance.is_empty()))
}

/// Puts the started machine on file. A start from no pin clears the digest of an earlier one.
///
/// # Errors
/// The database failed.
pub async fn set_instance_id(
    db: impl PgExecutor<'_>,
    id: WorkspaceId,
    instance: &str,
) -> Result<(), DbError> {
    sqlx::query!(
        "UPDATE workspaces SET instance_id = $2, runtime_image_digest = NULL, updated_at = now() WHERE id = $1",
        id.0,
        instance,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Puts the address of a started container on file, and the pin it was started from.
///
/// # Errors
/// The database failed.
pub async fn set_container(
    db: impl PgExecutor<'_>,
    id: WorkspaceId,
    url: &str,
    digest: Option<&str>,
) -> Result<(), DbError> {
    sqlx::query!(
        "UPDATE workspaces SET url = $2, runtime_image_digest = $3, updated_at = now() WHERE id = $1",
        id.0,
        url,
        digest,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Forgets a machine that was stopped, unless another took its place meanwhile.
///
/// # Errors
/// The database failed.
pub async fn forget_instance_id(
    db: impl PgExecutor<'_>,
    id: WorkspaceId,
    instance: &str,
) -> Result<(), DbError> {
    sqlx::query!(
        "UPDATE workspaces SET instance_id = NULL, updated_at = now() WHERE id = $1 AND instance_id = $2",
        id.0,
        instance,
    )
    .execute(db)
    .await?;
    Ok(())
}
