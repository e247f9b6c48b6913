//! Old activity is forgotten: `ACTIVITY_RETENTION_DAYS`, every `ACTIVITY_CLEANUP_INTERVAL_HOURS`.

use server_store::activity;

use crate::{App, sweeps::Report};

impl App {
    /// One pass; safe to run at any time and any number of times.
    pub async fn sweep_activity(&self) -> Report {
        match activity::prune(&self.store.db, self.config.timing.activity_retention_days).await {
            Ok(deleted) => {
                let deleted = usize::try_from(deleted).unwrap_or(usize::MAX);
                Report { examined: deleted, changed: deleted, errors: 0 }
            }
            Err(error) => {
                tracing::error!(%error, "activity retention failed");
                Report { examined: 0, changed: 0, errors: 1 }
            }
        }
    }
}
