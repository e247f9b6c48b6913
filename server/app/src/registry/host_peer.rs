//! Where the server itself reaches an agent: its row, redirects followed, and the URL judged.
//!
//! The row comes before the cache: Redis is shared by tenants, and a cached URL must never stand for
//! a workspace that this tenant does not have.

use server_store::{
    DbError,
    workspaces::{Facts, facts},
};
use server_types::{WorkspaceId, WorkspaceStatus};

use crate::{
    App,
    url_policy::{Profile, SafeUrl},
};

/// Most redirects followed.
const HOPS_MAX: usize = 5;

/// An agent the server may call.
#[derive(Clone, Debug)]
pub struct HostPeer {
    /// The workspace at the end of the redirects.
    pub row: Facts,
    /// Its judged address.
    pub url: SafeUrl,
}

/// Why it cannot be called.
#[derive(Debug, thiserror::Error)]
pub enum HostPeerRefused {
    /// No such workspace.
    #[error("workspace not found")]
    NotFound,
    /// It never said where it is, or was told to forget it.
    #[error("workspace has no URL")]
    NoUrl(WorkspaceStatus),
    /// Its address is none the server may call (#1484).
    #[error("workspace URL failed safety check")]
    Unsafe(WorkspaceStatus),
    /// The database failed.
    #[error("lookup failed")]
    Query(#[from] DbError),
}

impl App {
    /// Resolves a workspace to an address the server may call.
    ///
    /// # Errors
    /// See [`HostPeerRefused`].
    pub async fn host_peer(&self, id: WorkspaceId) -> Result<HostPeer, HostPeerRefused> {
        let row = self.follow(id).await?;
        let cached = self.store.cache.url(row.id).await.unwrap_or_else(|error| {
            tracing::warn!(%error, workspace = %row.id, "URL cache is not readable");
            None
        });
        let known = cached.is_some();
        let url = cached.unwrap_or_else(|| row.url.clone());
        if url.is_empty() {
            return Err(HostPeerRefused::NoUrl(row.status));
        }
        let Ok(safe) = self.url_policy.check(Profile::Forward, &url).await else {
            tracing::warn!(workspace = %row.id, "workspace URL failed the safety check");
            return Err(HostPeerRefused::Unsafe(row.status));
        };
        if !known && let Err(error) = self.store.cache.set_url(row.id, &url).await {
            tracing::warn!(%error, workspace = %row.id, "workspace URL is not cached");
        }
        Ok(HostPeer { row, url: safe })
    }

    async fn follow(&self, id: WorkspaceId) -> Result<Facts, HostPeerRefused> {
        let mut row = facts::facts(&self.store.db, id).await?.ok_or(HostPeerRefused::NotFound)?;
        for _ in 0..HOPS_MAX {
            let Some(next) = row.forwarded_to else { break };
            row = facts::facts(&self.store.db, next).await?.ok_or(HostPeerRefused::NotFound)?;
        }
        Ok(row)
    }
}
