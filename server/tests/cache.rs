//! The cache on a real Redis: keys of one tenant, expiries of the right database.

use std::{
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::Duration,
};

use server_store::Cache;
use server_types::WorkspaceId;
use tokio::sync::mpsc;

use crate::support::{eventually, nobody};

/// A private Redis; killed when dropped. A file is its address: a free port would be anybody's until it listens.
struct Redis {
    child: Child,
    socket: PathBuf,
}

impl Redis {
    /// `None`, said aloud, on a machine without Redis: the server itself then runs in process.
    async fn start() -> Option<Self> {
        let socket = std::env::temp_dir().join(format!("redis-{}.sock", uuid::Uuid::new_v4()));
        let spawned = Command::new("redis-server")
            .arg("--unixsocket")
            .arg(&socket)
            .args(["--port", "0", "--save", "", "--appendonly", "no"])
            .args(["--notify-keyspace-events", "KEA", "--databases", "16"])
            .stdout(Stdio::null())
            .spawn();
        let Ok(child) = spawned else {
            eprintln!("SKIPPED: this machine has no redis-server; install the Debian package redis-server");
            return None;
        };
        let redis = Self { child, socket };
        eventually(async || Cache::connect(&redis.url(0), None).await.is_ok(), |up| *up).await;
        Some(redis)
    }

    fn url(&self, database: u8) -> String {
        format!("redis+unix://{}?db={database}", self.socket.display())
    }

    async fn tenant(&self, database: u8, org: &str) -> Cache {
        Cache::connect(&self.url(database), Some(org)).await.expect("Redis answers")
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_file(&self.socket);
    }
}

fn id(number: u128) -> WorkspaceId {
    WorkspaceId(uuid::Uuid::from_u128(number))
}

fn watch(cache: &Cache) -> mpsc::Receiver<WorkspaceId> {
    let (sender, expired) = mpsc::channel(16);
    let cache = cache.clone();
    tokio::spawn(async move { cache.watch_expirations(sender).await });
    expired
}

/// Ledger: REG-13, REG-14.
#[tokio::test]
async fn tenants_on_one_redis_share_neither_urls_nor_expiries() {
    let Some(redis) = Redis::start().await else { return };
    let (alpha, beta) = (redis.tenant(3, "alpha").await, redis.tenant(3, "beta").await);
    let (mut alpha_expired, mut beta_expired) = (watch(&alpha), watch(&beta));
    alpha.set_url(id(1), "http://alpha").await.unwrap();
    assert_eq!(beta.url(id(1)).await.unwrap(), None);
    // The subscription is made in the background: a key is armed until its expiry is heard.
    let heard = eventually(
        async || {
            alpha.mark_alive(id(1), Duration::from_millis(5)).await.unwrap();
            tokio::time::timeout(Duration::from_millis(200), alpha_expired.recv()).await.ok().flatten()
        },
        Option::is_some,
    )
    .await;
    assert_eq!(heard, Some(id(1)));
    let heard = eventually(
        async || {
            beta.mark_alive(id(2), Duration::from_millis(5)).await.unwrap();
            tokio::time::timeout(Duration::from_millis(200), beta_expired.recv()).await.ok().flatten()
        },
        Option::is_some,
    )
    .await;
    assert_eq!(heard, Some(id(2)), "the expiry of alpha's key never came");
}

#[tokio::test]
async fn clearing_a_workspace_removes_all_three_keys() {
    let Some(redis) = Redis::start().await else { return };
    let cache = redis.tenant(0, "alpha").await;
    cache.mark_alive(id(1), Duration::from_secs(60)).await.unwrap();
    cache.set_url(id(1), "http://a").await.unwrap();
    cache.set_internal_url(id(1), "http://b").await.unwrap();
    cache.clear(id(1)).await.unwrap();
    assert!(!cache.is_alive(id(1)).await.unwrap());
    assert_eq!((cache.url(id(1)).await.unwrap(), cache.internal_url(id(1)).await.unwrap()), (None, None));
}

#[tokio::test]
async fn a_redis_that_does_not_answer_is_an_error() {
    let url = nobody().replace("http://", "redis://");
    assert!(Cache::connect(&url, None).await.is_err());
    assert!(Cache::connect("not a url", None).await.is_err());
}
