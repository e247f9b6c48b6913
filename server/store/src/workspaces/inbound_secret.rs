//! The bearer the platform shows to a workspace: plaintext by contract, so it leaves here typed.

use server_types::WorkspaceId;
use sqlx::PgExecutor;

use crate::DbError;

/// The stored secret: the outer `None` means no row, the inner one not minted yet.
///
/// # Errors
/// The database failed.
pub async fn read(db: impl PgExecutor<'_>, id: WorkspaceId) -> Result<Option<Option<String>>, DbError> {
    sqlx::query_scalar!("SELECT platform_inbound_secret FROM workspaces WHERE id = $1", id.0)
        .fetch_optional(db)
        .await
}

/// Stores a fresh secret over any old one; false without a row.
///
/// # Errors
/// The database failed.
pub async fn replace(db: impl PgExecutor<'_>, id: WorkspaceId, secret: &str) -> Result<bool, DbError> {
    let done = sqlx::query!(
        "UPDATE workspaces SET platform_inbound_secret = $2, updated_at = now() WHERE id = $1",
        id.0,
        secret,
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Stores `secret` if there is none and returns what then stands there: two healers agree on one.
///
/// # Errors
/// The database failed.
pub async fn heal(db: impl PgExecutor<'_>, id: WorkspaceId, secret: &str) -> Result<Option<String>, DbError> {
    let stored = sqlx::query_scalar!(
        r#"UPDATE workspaces SET platform_inbound_secret = COALESCE(platform_inbound_secret, $2)
           WHERE id = $1 RETURNING platform_inbound_secret"#,
        id.0,
        secret,
    )
    .fetch_optional(db)
    .await?;
    Ok(stored.flatten())
}
