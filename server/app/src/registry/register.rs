//! `POST /registry/register`: an agent says where it is.
//!
//! The order is fixed: the caller has proved who it is before anything here runs; then the delivery
//! mode is resolved, the URL judged, the row written, and only then is anything cached, announced or
//! minted.

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use server_store::{
    DbError, tokens,
    workspaces::{Facts, Registration, facts, register as rows},
};
use server_types::{DeliveryMode, EventName, WorkspaceId};

use crate::{
    App,
    auth::{minted, registry::Standing},
    url_policy::{Blocked, Profile},
};

/// What an agent announces.
#[derive(Clone, Debug)]
pub struct Announcement {
    /// Who.
    pub id: WorkspaceId,
    /// Where; may be empty for a poller.
    pub url: String,
    /// What it can do, any JSON.
    pub agent_card: Value,
    /// How it wants its messages, if it says.
    pub delivery_mode: Option<DeliveryMode>,
}

/// What the agent is told.
#[derive(Clone, Debug)]
pub struct Welcome {
    /// The mode in force.
    pub delivery_mode: DeliveryMode,
    /// A fresh workspace token, on the first registration only.
    pub auth_token: Option<SecretString>,
    /// The bearer the platform will show.
    pub platform_inbound_secret: Option<SecretString>,
}

/// Why a registration is refused.
#[derive(Debug, thiserror::Error)]
pub enum RegisterRefused {
    /// Push needs an address.
    #[error("url is required")]
    UrlRequired,
    /// The address is none the server may call.
    #[error(transparent)]
    Url(#[from] Blocked),
    /// The row is removed: nobody can speak for it.
    #[error("invalid workspace auth token")]
    Removed,
    /// The database failed.
    #[error("registration failed")]
    Query(#[from] DbError),
}

impl App {
    /// Registers an agent whose caller stands as `standing`.
    ///
    /// # Errors
    /// See [`RegisterRefused`].
    pub async fn register(
        &self,
        announcement: Announcement,
        standing: Standing,
    ) -> Result<Welcome, RegisterRefused> {
        let id = announcement.id;
        let known = facts::facts(&self.store.db, id).await?;
        let mode = resolve_mode(announcement.delivery_mode, known.as_ref());
        let url = self.usable_url(mode, &announcement.url).await?;
        let registration = Registration {
            id,
            url: &url,
            agent_card: &announcement.agent_card,
            delivery_mode: mode,
            keep_loopback_url: self.provisioning.owns_loopback_urls(),
        };
        let row = rows::register(&self.store.db, &registration).await?.ok_or(RegisterRefused::Removed)?;
        self.remember_agent(id, &row.url, &url).await;
        let payload = json!({"url": row.url, "agent_card": announcement.agent_card});
        self.events.record_or_log(EventName::WorkspaceOnline, id, payload).await;
        let secrets = standing.may_receive_secrets();
        Ok(Welcome {
            delivery_mode: mode,
            auth_token: if secrets { self.first_token(id).await } else { None },
            platform_inbound_secret: if secrets { self.inbound_secret_or_log(id).await } else { None },
        })
    }

    /// The URL to store: judged for push, and for a poller only kept when it would pass.
    async fn usable_url(&self, mode: DeliveryMode, url: &str) -> Result<String, RegisterRefused> {
        if url.is_empty() {
            return if mode == DeliveryMode::Push {
                Err(RegisterRefused::UrlRequired)
            } else {
                Ok(String::new())
            };
        }
        match (self.url_policy.check(Profile::Register, url).await, mode) {
            (Ok(_), _) => Ok(url.to_owned()),
            (Err(blocked), DeliveryMode::Push) => Err(blocked.into()),
            // An unchecked address must never become a forward target later.
            (Err(_), DeliveryMode::Poll) => Ok(String::new()),
        }
    }

    /// Liveness and addresses in the cache; a cache that fails heals with the next beat.
    async fn remember_agent(&self, id: WorkspaceId, url: &str, announced: &str) {
        let cache = &self.store.cache;
        let outcome = async {
            cache.mark_alive(id, self.config.timing.liveness_ttl).await?;
            if announced.is_empty() {
                return cache.forget_urls(id).await;
            }
            cache.set_url(id, url).await?;
            cache.set_internal_url(id, announced).await
        };
        if let Err(error) = outcome.await {
            tracing::warn!(%error, workspace = %id, "registration is not cached");
        }
    }

    async fn first_token(&self, id: WorkspaceId) -> Option<SecretString> {
        let fresh = async {
            if tokens::standing(&self.store.db, id).await?.has_live_token {
                return Ok(None);
            }
            minted::for_workspace(&self.store.db, id).await.map(Some)
        };
        match fresh.await {
            Ok(minted) => minted.map(|minted| SecretString::from(minted.reveal())),
            Err(error) => {
                let error: DbError = error;
                tracing::error!(%error, workspace = %id, "no workspace token could be minted");
                None
            }
        }
    }

    /// The inbound secret, read or healed; a failure is logged and leaves the field out.
    pub async fn inbound_secret_or_log(&self, id: WorkspaceId) -> Option<SecretString> {
        match self.inbound_secrets.read_or_heal(&self.store, id).await {
            Ok(inbound) => Some(inbound.secret).filter(|secret| !secret.expose_secret().is_empty()),
            Err(error) => {
                tracing::warn!(%error, workspace = %id, "no inbound secret to show");
                None
            }
        }
    }
}

/// What the agent says, else what is stored, else poll for external agents, else push.
fn resolve_mode(said: Option<DeliveryMode>, known: Option<&Facts>) -> DeliveryMode {
    let stored = known.and_then(|row| row.delivery_mode.as_deref()).and_then(DeliveryMode::parse);
    let fallback =
        || if known.is_some_and(Facts::is_external) { DeliveryMode::Poll } else { DeliveryMode::Push };
    said.or(stored).unwrap_or_else(fallback)
}
