//! The real thing: one multiplexed connection for commands, one of its own for expiry messages.

use std::{fmt, time::Duration};

use futures_util::StreamExt;
use redis::{AsyncCommands, Client, aio::ConnectionManager};
use server_types::WorkspaceId;
use tokio::sync::mpsc;

use super::{CacheError, keys::Keys};

const BOOT_DEADLINE: Duration = Duration::from_secs(5);

#[derive(Clone)]
pub(super) struct Redis {
    client: Client,
    commands: ConnectionManager,
}

/// The URL may carry a password, so nothing of the client is printed.
impl fmt::Debug for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Redis")
    }
}

impl Redis {
    pub(super) async fn connect(url: &str) -> Result<Self, CacheError> {
        let client = Client::open(url)?;
        let open = async {
            let mut commands = client.get_connection_manager().await?;
            commands.ping::<String>().await?;
            Ok::<_, redis::RedisError>(commands)
        };
        let mut commands = tokio::time::timeout(BOOT_DEADLINE, open)
            .await
            .map_err(|_| CacheError::Timeout(BOOT_DEADLINE))??;
        warn_without_expiry_messages(&mut commands).await;
        Ok(Self { client, commands })
    }

    pub(super) async fn set(&self, key: &str, value: &str, ttl: Duration) -> Result<(), CacheError> {
        // Operators may set windows below a second, so the unit is milliseconds; 0 is no expiry time.
        let millis = u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX).max(1);
        Ok(self.commands.clone().pset_ex(key, value, millis).await?)
    }

    pub(super) async fn get(&self, key: &str) -> Result<Option<String>, CacheError> {
        Ok(self.commands.clone().get(key).await?)
    }

    pub(super) async fn delete(&self, keys: &[String]) -> Result<(), CacheError> {
        Ok(self.commands.clone().del(keys).await?)
    }

    pub(super) async fn publish(&self, channel: &str, message: &str) -> Result<(), CacheError> {
        Ok(self.commands.clone().publish(channel, message).await?)
    }

    /// Expiry messages carry the database number in their channel, so it must be ours.
    pub(super) async fn watch(
        &self,
        keys: &Keys,
        expired: mpsc::Sender<WorkspaceId>,
    ) -> Result<(), CacheError> {
        let db = self.client.get_connection_info().redis_settings().db();
        let mut messages = self.client.get_async_pubsub().await?;
        messages.subscribe(format!("__keyevent@{db}__:expired")).await?;
        let mut stream = messages.into_on_message();
        loop {
            let message = tokio::select! {
                () = expired.closed() => return Ok(()),
                message = stream.next() => message,
            };
            let Some(message) = message else {
                let broken = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
                return Err(CacheError::Redis(broken.into()));
            };
            let key: String = message.get_payload()?;
            if let Some(id) = keys.workspace_of_liveness(&key)
                && expired.send(id).await.is_err()
            {
                return Ok(());
            }
        }
    }
}

/// Without key-expiry messages no dead agent is ever noticed; the operator must hear of it.
async fn warn_without_expiry_messages(commands: &mut ConnectionManager) {
    let flags: Result<Vec<String>, _> =
        redis::cmd("CONFIG").arg("GET").arg("notify-keyspace-events").query_async(commands).await;
    // A hosted Redis may forbid CONFIG; then there is nothing to say.
    if let Ok(flags) = flags
        && let Some(flags) = flags.get(1)
        && !(flags.contains('E') && (flags.contains('x') || flags.contains('A')))
    {
        tracing::warn!(
            flags,
            "Redis sends no key-expiry messages: set notify-keyspace-events to at least Ex, or liveness is blind"
        );
    }
}
