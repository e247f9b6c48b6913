//! `DELETE /workspaces/{id}`: removed first, stopped after, purged only on request.
//!
//! Removed-first is what keeps late heartbeats and registrations from bringing a row back (#73). The
//! clean-up is detached: a caller that goes away must not leave machines running.

use std::time::Duration;

use serde_json::json;
use server_store::{
    DbError, status,
    workspaces::delete::{self as rows, Child},
};
use server_types::{EventName, WorkspaceId};

use crate::App;

/// Longest the clean-up of one delete may take.
const CLEANUP_DEADLINE: Duration = Duration::from_secs(30);

/// What a delete did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deleted {
    /// Rows are gone, not only marked.
    pub purged: bool,
    /// Descendants that went along.
    pub cascade_deleted: usize,
}

/// Why the delete is not done; `Display` is the public text.
#[derive(Debug, thiserror::Error)]
pub enum DeleteRefused {
    /// The question about children failed.
    #[error("failed to check children")]
    Children(#[source] DbError),
    /// There are sub-workspaces and nobody confirmed.
    #[error("confirmation required")]
    Unconfirmed(Vec<Child>),
    /// Nothing was removed.
    #[error("delete failed")]
    Query(#[from] DbError),
    /// Removed, but something still runs; asking again is safe.
    #[error("{}", stop_text(.failed))]
    Stop {
        /// Ids that were removed or stopped.
        removed: usize,
        /// Ids whose stop failed.
        failed: Vec<WorkspaceId>,
    },
    /// Removed and stopped, but the rows are still there.
    #[error("purge failed")]
    Purge(#[source] DbError),
}

/// Names ids only: what the backend said goes to the log.
fn stop_text(failed: &[WorkspaceId]) -> String {
    let stops: Vec<_> = failed.iter().map(|id| format!("stop {id}")).collect();
    let (count, stops) = (failed.len(), stops.join(", "));
    format!("workspace marked removed, but {count} stop call(s) failed — please retry: {stops}")
}

/// The workspaces of one delete, descendants first, the target last.
struct Doomed {
    ids: Vec<WorkspaceId>,
    /// Those that were not removed before.
    fresh: Vec<WorkspaceId>,
    cascade: usize,
}

impl App {
    /// Deletes a workspace and everything below it.
    ///
    /// # Errors
    /// See [`DeleteRefused`].
    pub async fn delete_workspace(
        &self,
        id: WorkspaceId,
        confirmed: bool,
        purge: bool,
    ) -> Result<Deleted, DeleteRefused> {
        let children = rows::live_children(&self.store.db, id).await.map_err(DeleteRefused::Children)?;
        if !children.is_empty() && !confirmed {
            return Err(DeleteRefused::Unconfirmed(children));
        }
        let app = self.clone();
        let work = self.context.tasks.spawn(async move { app.delete_detached(id, purge).await });
        work.await.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))
    }

    async fn delete_detached(&self, id: WorkspaceId, purge: bool) -> Result<Deleted, DeleteRefused> {
        let doomed = self.mark_removed(id).await?;
        let failed = self.stop_all(id, &doomed).await;
        if !failed.is_empty() {
            return Err(DeleteRefused::Stop { removed: doomed.cascade + 1, failed });
        }
        if purge {
            self.purge(&doomed.ids).await.map_err(DeleteRefused::Purge)?;
        }
        Ok(Deleted { purged: purge, cascade_deleted: doomed.cascade })
    }

    /// Marks and switches off all of them in one transaction, before any backend is called.
    async fn mark_removed(&self, id: WorkspaceId) -> Result<Doomed, DbError> {
        let mut transaction = self.store.db.begin().await?;
        let below = rows::descendants(&mut *transaction, id).await?;
        // One removed earlier comes along when its machine may still run: a retry must stop it again.
        let cascade = below.iter().filter(|row| !row.removed || row.has_machine).count();
        let ids: Vec<_> = below.iter().map(|row| row.id).chain([id]).collect();
        let fresh = status::remove(&mut *transaction, &ids).await?;
        rows::switch_off(&mut transaction, &ids).await?;
        transaction.commit().await?;
        Ok(Doomed { ids, fresh, cascade })
    }

    /// Stops each of them; returns the ids whose stop failed or did not happen in time.
    async fn stop_all(&self, target: WorkspaceId, doomed: &Doomed) -> Vec<WorkspaceId> {
        let deadline = tokio::time::Instant::now() + CLEANUP_DEADLINE;
        let mut failed = Vec::new();
        for id in &doomed.ids {
            match tokio::time::timeout_at(deadline, self.retire_backend(*id)).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => {
                    tracing::error!(error = &error as &dyn std::error::Error, workspace = %id, "stop failed");
                    failed.push(*id);
                }
                Err(_) => {
                    tracing::error!(workspace = %id, "stop did not finish in time");
                    failed.push(*id);
                }
            }
            self.forget_workspace(*id).await;
            if doomed.fresh.contains(id) {
                let payload =
                    if *id == target { json!({"cascade_deleted": doomed.cascade}) } else { json!({}) };
                self.events.record_or_log(EventName::WorkspaceRemoved, *id, payload).await;
            }
        }
        failed
    }

    /// Drops everything remembered of a workspace outside the database.
    async fn forget_workspace(&self, id: WorkspaceId) {
        self.clear_cache(id).await;
        self.overrides.forget(id);
        self.inbound_secrets.forget(id);
    }

    async fn purge(&self, ids: &[WorkspaceId]) -> Result<(), DbError> {
        let mut transaction = self.store.db.begin().await?;
        rows::purge(&mut transaction, ids).await?;
        transaction.commit().await
    }
}
