//! Health sweep, remote half: external workspaces that stopped beating wait for their agent again.
//!
//! It runs with every backend: gating it on Docker once left lost agents online forever (#2392).

use serde_json::json;
use server_store::status;
use server_types::{EventName, Trigger, WorkspaceId};

use super::Report;
use crate::App;

impl App {
    /// One run over all external workspaces.
    pub async fn sweep_health(&self) -> Report {
        let stale_after = self.config.timing.remote_stale_after.as_secs_f64();
        match status::stale_externals(&self.store.db, stale_after).await {
            Ok(moved) => {
                for id in &moved {
                    self.external_went_silent(*id).await;
                }
                Report { examined: moved.len(), changed: moved.len(), errors: 0 }
            }
            Err(error) => {
                tracing::error!(%error, "health sweep failed");
                Report { errors: 1, ..Report::default() }
            }
        }
    }

    async fn external_went_silent(&self, id: WorkspaceId) {
        self.clear_cache(id).await;
        let payload = json!({"status": Trigger::ExternalStale.target().as_str()});
        self.events.record_or_log(EventName::WorkspaceOffline, id, payload).await;
    }

    /// Forgets everything cached of a workspace; the cache heals with the next register.
    pub(crate) async fn clear_cache(&self, id: WorkspaceId) {
        if let Err(error) = self.store.cache.clear(id).await {
            tracing::warn!(%error, workspace = %id, "cache was not cleared");
        }
    }
}
