//! The bearer that the platform shows to a workspace: read, healed when missing, minted at a start.
//!
//! One helper for register, heartbeat and chat files, because each once healed in its own way
//! (#2376). Reads go through a short cache so that a fleet of N workspaces does not cost N queries per
//! beat (#189); absence is never cached, and every mint is written through before it is returned.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use secrecy::{ExposeSecret, SecretString};
use server_store::{DbError, Store, workspaces::inbound_secret as rows};
use server_types::WorkspaceId;
use tokio::time::Instant;

use crate::auth::Minted;

/// How long a read is believed; a rotation done by SQL shows within this time.
const BELIEVED_FOR: Duration = Duration::from_secs(300);

/// A secret and where it came from.
#[derive(Clone, Debug)]
pub struct Inbound {
    /// The bearer.
    pub secret: SecretString,
    /// It did not exist before this call.
    pub healed: bool,
}

/// There is no secret to show.
#[derive(Debug, thiserror::Error)]
pub enum InboundError {
    /// Reading or storing failed.
    #[error("inbound secret query failed")]
    Query(#[from] DbError),
    /// No such workspace.
    #[error("no such workspace")]
    NoRow,
}

/// The read cache; cheap to clone.
#[derive(Clone, Default)]
pub struct InboundSecrets(Arc<Mutex<HashMap<WorkspaceId, Known>>>);

struct Known {
    secret: SecretString,
    until: Instant,
}

impl std::fmt::Debug for InboundSecrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("InboundSecrets(..)")
    }
}

impl InboundSecrets {
    /// The workspace's secret, minted now if it had none.
    ///
    /// # Errors
    /// The database failed, or there is no such row; callers leave the field out.
    pub async fn read_or_heal(&self, store: &Store, id: WorkspaceId) -> Result<Inbound, InboundError> {
        if let Some(secret) = self.known(id) {
            return Ok(Inbound { secret, healed: false });
        }
        let stored = rows::read(&store.db, id).await?.ok_or(InboundError::NoRow)?;
        if let Some(stored) = stored.filter(|secret| !secret.is_empty()) {
            let secret = SecretString::from(stored);
            self.remember(id, &secret);
            return Ok(Inbound { secret, healed: false });
        }
        let minted = Minted::random();
        // Two healers at once must agree, so what the row holds afterwards counts, not what we made.
        let stored = rows::heal(&store.db, id, minted.plaintext().expose_secret())
            .await?
            .ok_or(InboundError::NoRow)?;
        tracing::info!(workspace = %id, "inbound secret was missing: minted");
        let secret = SecretString::from(stored);
        self.remember(id, &secret);
        Ok(Inbound { secret, healed: true })
    }

    /// Replaces the workspace's secret, as every start does, and gives the new one.
    ///
    /// # Errors
    /// The database failed, or there is no such row.
    pub async fn mint(&self, store: &Store, id: WorkspaceId) -> Result<SecretString, InboundError> {
        let minted = Minted::random();
        self.forget(id);
        if !rows::replace(&store.db, id, minted.plaintext().expose_secret()).await? {
            return Err(InboundError::NoRow);
        }
        self.remember(id, minted.plaintext());
        Ok(minted.plaintext().clone())
    }

    /// Forgets what is cached of a workspace.
    pub fn forget(&self, id: WorkspaceId) {
        self.entries().remove(&id);
    }

    fn known(&self, id: WorkspaceId) -> Option<SecretString> {
        let now = Instant::now();
        self.entries().get(&id).filter(|known| known.until > now).map(|known| known.secret.clone())
    }

    fn remember(&self, id: WorkspaceId, secret: &SecretString) {
        let known = Known { secret: secret.clone(), until: Instant::now() + BELIEVED_FOR };
        self.entries().insert(id, known);
    }

    fn entries(&self) -> MutexGuard<'_, HashMap<WorkspaceId, Known>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id() -> WorkspaceId {
        WorkspaceId(uuid::Uuid::from_u128(3))
    }

    #[tokio::test(start_paused = true)]
    async fn a_remembered_secret_is_believed_for_five_minutes() {
        let secrets = InboundSecrets::default();
        secrets.remember(id(), &"hush".into());
        tokio::time::advance(BELIEVED_FOR - Duration::from_secs(1)).await;
        assert!(secrets.known(id()).is_some());
        tokio::time::advance(Duration::from_secs(1)).await;
        assert!(secrets.known(id()).is_none());
    }

    #[test]
    fn neither_the_cache_nor_an_answer_prints_a_secret() {
        let secrets = InboundSecrets::default();
        secrets.remember(id(), &"hush".into());
        let inbound = Inbound { secret: "hush".into(), healed: true };
        assert!(!format!("{secrets:?} {inbound:?}").contains("hush"));
    }
}
