//! Old activity is forgotten: `ACTIVITY_RETENTION_DAYS`, every `ACTIVITY_CLEANUP_INTERVAL_HOURS`.

use server_store::{DbError, activity};

use crate::App;

/// What one pass did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetentionReport {
    /// Rows deleted.
    pub deleted: u64,
}

/// One pass; safe to run at any time and any number of times.
///
/// # Errors
/// The database failed; nothing was deleted.
pub async fn run_once(app: &App) -> Result<RetentionReport, DbError> {
    let deleted = activity::prune(&app.store.db, app.config.timing.activity_retention_days).await?;
    Ok(RetentionReport { deleted })
}

/// Passes until shutdown, the first after one interval; a failed pass is logged and the next one runs.
pub async fn run(app: App) {
    let every = app.config.timing.activity_cleanup_interval;
    while app.context.stop.run_until_cancelled(tokio::time::sleep(every)).await.is_some() {
        match run_once(&app).await {
            Ok(report) => tracing::info!(deleted = report.deleted, "activity retention"),
            Err(error) => tracing::error!(%error, "activity retention"),
        }
    }
}
