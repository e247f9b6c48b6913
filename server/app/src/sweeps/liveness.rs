//! Liveness monitor: a liveness key that expires means that an agent fell silent.
//!
//! Redis is shared, so expiries of other tenants arrive too: only a row of our own that really moved
//! is announced.

use std::time::Duration;

use serde_json::{Map, Value, json};
use server_store::status;
use server_types::{EventName, WorkspaceId, WorkspaceStatus};
use tokio::sync::mpsc;

use super::Report;
use crate::{App, restart::Cause};

/// Expiries that may wait while one is handled.
const BACKLOG: usize = 256;
/// Longest pause between two signs of life.
const PULSE: Duration = Duration::from_secs(30);
/// Pause before subscribing again after the subscription broke.
const RESUBSCRIBE_AFTER: Duration = Duration::from_secs(1);

impl App {
    /// Watches expiries until the server stops.
    pub(super) async fn monitor_liveness(&self) {
        loop {
            let (sender, expired) = mpsc::channel(BACKLOG);
            let (watched, ()) =
                tokio::join!(self.store.cache.watch_expirations(sender), self.handle_expirations(expired));
            if let Err(error) = watched {
                tracing::warn!(%error, "liveness subscription broke, subscribing again");
            }
            tokio::time::sleep(RESUBSCRIBE_AFTER).await;
        }
    }

    async fn handle_expirations(&self, mut expired: mpsc::Receiver<WorkspaceId>) {
        loop {
            self.tasks.tick("liveness-monitor", self.context.now());
            match tokio::time::timeout(PULSE, expired.recv()).await {
                Ok(Some(id)) => drop(self.liveness_expired(id).await),
                Ok(None) => return,
                Err(_) => {}
            }
        }
    }

    /// Lands one silent workspace, and restarts one that has a backend.
    pub async fn liveness_expired(&self, id: WorkspaceId) -> Report {
        let landed = match status::expire_liveness(&self.store.db, id).await {
            Ok(landed) => landed,
            Err(error) => {
                tracing::error!(%error, workspace = %id, "liveness expiry was not stored");
                return Report { examined: 1, changed: 0, errors: 1 };
            }
        };
        let Some(landed) = landed else { return Report { examined: 1, ..Report::default() } };
        self.clear_cache(id).await;
        let payload = match landed {
            WorkspaceStatus::AwaitingAgent => json!({"status": landed.as_str()}),
            _ => Value::Object(Map::new()),
        };
        self.events.record_or_log(EventName::WorkspaceOffline, id, payload).await;
        if landed == WorkspaceStatus::Offline {
            self.restart_detached(id, Cause::Auto);
        }
        Report { examined: 1, changed: 1, errors: 0 }
    }
}
