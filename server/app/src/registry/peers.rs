//! `GET /registry/{id}/peers`: siblings, children, parent.

use server_store::{
    DbError,
    hierarchy::{self, Peer},
    workspaces::facts,
};
use server_types::WorkspaceId;

use crate::App;

/// Why there is no list.
#[derive(Debug, thiserror::Error)]
pub enum PeersRefused {
    /// The asking workspace is not registered here.
    #[error("workspace not found")]
    NotFound,
    /// The database failed: never to be mistaken for "no peers" (#2397).
    #[error("lookup failed")]
    Query(#[from] DbError),
}

impl App {
    /// The neighbours of a workspace whose name or role contains `filter`, in any case.
    ///
    /// # Errors
    /// See [`PeersRefused`].
    pub async fn peers(&self, id: WorkspaceId, filter: &str) -> Result<Vec<Peer>, PeersRefused> {
        if facts::status(&self.store.db, id).await?.is_none() {
            return Err(PeersRefused::NotFound);
        }
        let wanted = filter.trim().to_lowercase();
        let mut peers = hierarchy::peers(&self.store.db, id).await?;
        peers.retain(|peer| matches(peer, &wanted));
        Ok(peers)
    }
}

fn matches(peer: &Peer, wanted: &str) -> bool {
    let has = |text: &str| text.to_lowercase().contains(wanted);
    wanted.is_empty() || has(&peer.name) || peer.role.as_deref().is_some_and(has)
}
