//! Forgets old rows.

use sqlx::PgExecutor;

/// Deletes rows older than so many days; returns how many.
///
/// # Errors
/// Any database error; nothing was deleted.
pub async fn prune(db: impl PgExecutor<'_>, days: u32) -> Result<u64, sqlx::Error> {
    let done = sqlx::query!(
        "DELETE FROM activity_logs WHERE created_at < now() - $1::bigint * interval '1 day'",
        i64::from(days)
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected())
}
