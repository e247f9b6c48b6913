//! Pinned images of runtimes. No row means the tag.

use sqlx::PgExecutor;

use crate::DbError;

/// The digest a runtime is pinned to.
///
/// # Errors
/// The database failed.
pub async fn digest(db: impl PgExecutor<'_>, runtime: &str) -> Result<Option<String>, DbError> {
    sqlx::query_scalar!("SELECT digest FROM runtime_image_pins WHERE template_name = $1", runtime)
        .fetch_optional(db)
        .await
}
