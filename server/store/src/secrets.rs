//! Secrets at rest: the rows of `workspace_secrets` and `global_secrets`. Sealing and opening happen
//! above; no plaintext passes here.

use server_types::WorkspaceId;
use sqlx::PgExecutor;

use crate::DbError;

/// A stored secret.
#[derive(Clone)]
pub struct StoredSecret {
    /// Name of the environment variable.
    pub key: String,
    /// Sealed bytes.
    pub encrypted_value: Vec<u8>,
    /// How to open them.
    pub encryption_version: i32,
}

impl std::fmt::Debug for StoredSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StoredSecret").field("key", &self.key).finish_non_exhaustive()
    }
}

/// Every global secret.
///
/// # Errors
/// The database failed.
pub async fn all_global(db: impl PgExecutor<'_>) -> Result<Vec<StoredSecret>, DbError> {
    sqlx::query_as!(
        StoredSecret,
        "SELECT key, encrypted_value, encryption_version FROM global_secrets ORDER BY key"
    )
    .fetch_all(db)
    .await
}

/// Every secret of one workspace.
///
/// # Errors
/// The database failed.
pub async fn all_of_workspace(
    db: impl PgExecutor<'_>,
    workspace: WorkspaceId,
) -> Result<Vec<StoredSecret>, DbError> {
    sqlx::query_as!(
        StoredSecret,
        r#"SELECT key, encrypted_value, encryption_version FROM workspace_secrets
           WHERE workspace_id = $1 ORDER BY key"#,
        workspace.0
    )
    .fetch_all(db)
    .await
}

/// Stores a secret of one workspace over any older value.
///
/// # Errors
/// The database failed.
pub async fn put_of_workspace(
    db: impl PgExecutor<'_>,
    workspace: WorkspaceId,
    secret: &StoredSecret,
) -> Result<(), DbError> {
    sqlx::query!(
        r#"INSERT INTO workspace_secrets (workspace_id, key, encrypted_value, encryption_version)
           VALUES ($1, $2, $3, $4)
           ON CONFLICT (workspace_id, key) DO UPDATE SET encrypted_value = EXCLUDED.encrypted_value,
               encryption_version = EXCLUDED.encryption_version, updated_at = now()"#,
        workspace.0,
        secret.key,
        secret.encrypted_value,
        secret.encryption_version
    )
    .execute(db)
    .await?;
    Ok(())
}
