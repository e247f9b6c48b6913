//! Liveness, URL cache and publish: Redis when configured, else an in-process stand-in.
//!
//! | Fact | Key | Lives |
//! |---|---|---|
//! | the agent beats | `ws:{id}` | the liveness window, re-armed by every beat |
//! | where the server reaches it | `ws:{id}:url` | [`URL_TTL`] |
//! | where containers reach it | `ws:{id}:internal_url` | [`URL_TTL`] |
//!
//! It is a cache: wiping it heals with the next register or heartbeat, and a hit never stands for a
//! database row. Keys are built in [`keys`] alone because tenants share one Redis.

mod in_process;
pub mod keys;
mod redis;

use std::time::Duration;

use server_types::WorkspaceId;
use tokio::sync::mpsc;

use self::{in_process::InProcess, keys::Keys, redis::Redis};

/// How long a cached URL is believed.
pub const URL_TTL: Duration = Duration::from_secs(300);

/// The cache could not be reached or set up.
#[derive(Debug, thiserror::Error)]
pub enum CacheError {
    /// Redis refused, or did not answer.
    #[error("redis: {0}")]
    Redis(#[from] ::redis::RedisError),
    /// Redis did not answer at boot in time.
    #[error("redis did not answer within {0:?}")]
    Timeout(Duration),
}

/// Where short-lived facts live.
#[derive(Clone, Debug)]
pub struct Cache {
    keys: Keys,
    backend: Backend,
}

#[derive(Clone, Debug)]
enum Backend {
    InProcess(InProcess),
    Redis(Redis),
}

impl Cache {
    /// The stand-in for a single replica: same keys, same expiry, no server.
    pub fn in_process(org: Option<&str>) -> Self {
        Self { keys: Keys::new(org), backend: Backend::InProcess(InProcess::default()) }
    }

    /// Connects to Redis and proves with a ping, within 5 s, that it answers.
    ///
    /// # Errors
    /// A malformed URL, a refused connection, or silence.
    pub async fn connect(url: &str, org: Option<&str>) -> Result<Self, CacheError> {
        Ok(Self { keys: Keys::new(org), backend: Backend::Redis(Redis::connect(url).await?) })
    }

    /// Arms the liveness key again, also when it had expired.
    ///
    /// # Errors
    /// Redis failed; callers log it and go on.
    pub async fn mark_alive(&self, id: WorkspaceId, ttl: Duration) -> Result<(), CacheError> {
        self.set(self.keys.liveness(id), "online", ttl).await
    }

    /// Remembers where the server reaches the agent.
    ///
    /// # Errors
    /// Redis failed.
    pub async fn set_url(&self, id: WorkspaceId, url: &str) -> Result<(), CacheError> {
        self.set(self.keys.url(id), url, URL_TTL).await
    }

    /// Remembers where containers reach the agent.
    ///
    /// # Errors
    /// Redis failed.
    pub async fn set_internal_url(&self, id: WorkspaceId, url: &str) -> Result<(), CacheError> {
        self.set(self.keys.internal_url(id), url, URL_TTL).await
    }

    /// Where the server reaches the agent, if remembered.
    ///
    /// # Errors
    /// Redis failed.
    pub async fn url(&self, id: WorkspaceId) -> Result<Option<String>, CacheError> {
        self.get(self.keys.url(id)).await
    }

    /// Where containers reach the agent, if remembered.
    ///
    /// # Errors
    /// Redis failed.
    pub async fn internal_url(&self, id: WorkspaceId) -> Result<Option<String>, CacheError> {
        self.get(self.keys.internal_url(id)).await
    }

    /// Whether the liveness key stands.
    ///
    /// # Errors
    /// Redis failed.
    pub async fn is_alive(&self, id: WorkspaceId) -> Result<bool, CacheError> {
        Ok(self.get(self.keys.liveness(id)).await?.is_some())
    }

    /// Forgets both URLs.
    ///
    /// # Errors
    /// Redis failed.
    pub async fn forget_urls(&self, id: WorkspaceId) -> Result<(), CacheError> {
        self.delete(vec![self.keys.url(id), self.keys.internal_url(id)]).await
    }

    /// Forgets all three keys.
    ///
    /// # Errors
    /// Redis failed.
    pub async fn clear(&self, id: WorkspaceId) -> Result<(), CacheError> {
        self.delete(vec![self.keys.liveness(id), self.keys.url(id), self.keys.internal_url(id)]).await
    }

    /// Publishes one event envelope on this tenant's channel; without Redis nobody listens.
    ///
    /// # Errors
    /// Redis failed.
    pub async fn publish(&self, envelope: &str) -> Result<(), CacheError> {
        match &self.backend {
            Backend::InProcess(_) => Ok(()),
            Backend::Redis(redis) => redis.publish(&self.keys.events_channel(), envelope).await,
        }
    }

    /// Sends the id of every workspace whose liveness key expires, until the receiver is gone.
    ///
    /// # Errors
    /// The subscription could not be made or broke; the caller subscribes again.
    pub async fn watch_expirations(&self, expired: mpsc::Sender<WorkspaceId>) -> Result<(), CacheError> {
        match &self.backend {
            Backend::InProcess(cache) => {
                cache.watch(&self.keys, expired).await;
                Ok(())
            }
            Backend::Redis(redis) => redis.watch(&self.keys, expired).await,
        }
    }

    async fn set(&self, key: String, value: &str, ttl: Duration) -> Result<(), CacheError> {
        match &self.backend {
            Backend::InProcess(cache) => {
                cache.set(key, value, ttl);
                Ok(())
            }
            Backend::Redis(redis) => redis.set(&key, value, ttl).await,
        }
    }

    async fn get(&self, key: String) -> Result<Option<String>, CacheError> {
        match &self.backend {
            Backend::InProcess(cache) => Ok(cache.get(&key)),
            Backend::Redis(redis) => redis.get(&key).await,
        }
    }

    async fn delete(&self, keys: Vec<String>) -> Result<(), CacheError> {
        match &self.backend {
            Backend::InProcess(cache) => {
                cache.delete(&keys);
                Ok(())
            }
            Backend::Redis(redis) => redis.delete(&keys).await,
        }
    }
}
