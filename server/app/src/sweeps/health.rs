//! Health sweep. The remote half runs with every backend: gating it on Docker once left lost agents
//! online forever (#2392). The local half looks at containers, where there is an engine to ask.

use serde_json::json;
use server_store::status;
use server_types::{EventName, Trigger, WorkspaceId};

use super::Report;
use crate::{App, backends::Liveness, restart::Cause};

impl App {
    /// One run over all workspaces that should be alive.
    pub async fn sweep_health(&self) -> Report {
        let (remote, local) = (self.sweep_remote().await, self.sweep_containers().await);
        Report {
            examined: remote.examined + local.examined,
            changed: remote.changed + local.changed,
            errors: remote.errors + local.errors,
        }
    }

    /// Workspaces whose container no longer runs are offline, and restarted.
    async fn sweep_containers(&self) -> Report {
        if self.provisioning.containers().is_none() {
            return Report::default();
        }
        let rows = match status::with_container(&self.store.db).await {
            Ok(rows) => rows,
            Err(error) => {
                tracing::error!(%error, "health sweep failed");
                return Report { errors: 1, ..Report::default() };
            }
        };
        let mut report = Report { examined: rows.len(), ..Report::default() };
        for id in rows {
            match self.backend_liveness(id).await {
                Liveness::Running => {}
                Liveness::Gone => report.changed += usize::from(self.container_is_gone(id).await),
                // A busy engine is no dead agent.
                Liveness::Unknown(why) => {
                    tracing::info!(workspace = %id, why, "health sweep: running or not is unknown");
                    report.errors += 1;
                }
            }
        }
        report
    }

    async fn container_is_gone(&self, id: WorkspaceId) -> bool {
        match status::transition(&self.store.db, id, Trigger::BackendGone).await {
            Ok(change) if change.happened() => {}
            Ok(_) => return false,
            Err(error) => {
                tracing::error!(%error, workspace = %id, "offline not stored");
                return false;
            }
        }
        self.clear_cache(id).await;
        self.events.record_or_log(EventName::WorkspaceOffline, id, json!({})).await;
        self.restart_detached(id, Cause::Auto);
        true
    }

    /// External workspaces that stopped beating wait for their agent again.
    async fn sweep_remote(&self) -> Report {
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
