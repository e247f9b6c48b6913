//! One Redis for all worlds: each world has a logical database of its own.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};

use secrecy::{ExposeSecret as _, SecretString};

use super::child::{Child, Order};
use crate::world::{LogBook, WorldError};

/// Logical databases. Redis looks for expired keys in sixteen of them per tick, so the more there are, the later a
/// world hears that a key has expired.
const DATABASES: u32 = 128;
const START_WITHIN: Duration = Duration::from_secs(20);

/// A running Redis.
pub(crate) struct Redis {
    child: Child,
    url: SecretString,
    client: redis::Client,
    used: BTreeSet<u32>,
}

impl Redis {
    /// Starts one on loopback; nothing is ever written to disk.
    pub(crate) async fn start(folder: &Path, port: u16, notify: Option<&str>) -> Result<Self, WorldError> {
        std::fs::create_dir_all(folder).map_err(WorldError::io("make the Redis folder"))?;
        let program = find().ok_or_else(|| WorldError::Prerequisite {
            what: "no `redis-server` on this machine".into(),
            fix: "install `redis-server` (Debian, Ubuntu) or `redis` (Fedora, Homebrew)".into(),
        })?;
        let mut args =
            ["--bind", "127.0.0.1", "--save", "", "--appendonly", "no"].map(str::to_owned).to_vec();
        for (name, value) in
            [("--port", port.to_string()), ("--databases", DATABASES.to_string()), ("--hz", "100".to_owned())]
        {
            args.extend([name.to_owned(), value]);
        }
        if let Some(notify) = notify {
            args.extend(["--notify-keyspace-events".into(), notify.to_owned()]);
        }
        let order =
            Order { service: "redis".into(), program, args, env: Vec::new(), folder: folder.to_owned() };
        let log = LogBook::to_file(&folder.join("log")).map_err(WorldError::io("make the Redis log"))?;
        let child = Child::spawn(&order, &log)?;
        let url = format!("redis://127.0.0.1:{port}");
        let client = redis::Client::open(url.as_str()).expect("the address is well formed");
        // The keeper may be asked for number 0 by a person's own tool: worlds start at 1.
        let redis = Self { child, url: url.into(), client, used: BTreeSet::from([0]) };
        redis.answers(&log).await?;
        Ok(redis)
    }

    /// Its address, without a logical database.
    pub(crate) fn url(&self) -> &SecretString {
        &self.url
    }

    /// A logical database nobody uses.
    pub(crate) fn take(&mut self) -> Option<u32> {
        let number = (0..DATABASES).find(|number| !self.used.contains(number))?;
        self.used.insert(number);
        Some(number)
    }

    /// Empties a logical database and frees it.
    pub(crate) async fn give_back(&mut self, number: u32) {
        if self.empty(number).await.is_ok() {
            self.used.remove(&number);
        }
    }

    /// Ends it.
    pub(crate) async fn stop(self) -> Result<(), WorldError> {
        self.child.kill().await
    }

    async fn empty(&self, number: u32) -> redis::RedisResult<()> {
        let client = redis::Client::open(format!("{}/{number}", self.url.expose_secret()))?;
        let mut connection = client.get_multiplexed_async_connection().await?;
        redis::cmd("FLUSHDB").query_async(&mut connection).await
    }

    async fn answers(&self, log: &LogBook) -> Result<(), WorldError> {
        let deadline = Instant::now() + START_WITHIN;
        while self.child.status().is_none() && Instant::now() < deadline {
            if let Ok(mut connection) = self.client.get_multiplexed_async_connection().await
                && redis::cmd("PING").query_async::<String>(&mut connection).await.is_ok()
            {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(4)).await;
        }
        self.child.kill().await?;
        Err(WorldError::Unready {
            service: "redis".into(),
            condition: "answering PING".into(),
            within: START_WITHIN,
            log: log.told(10),
            fix: "start `redis-server` by hand and read what it says".into(),
        })
    }
}

fn find() -> Option<std::path::PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).map(|folder| folder.join("redis-server")).find(|file| file.is_file())
}
