//! All SQL and all Redis of the server. Rows in, typed values out.
//!
//! One module per noun; functions take `impl PgExecutor` so that a caller may run several of them in
//! one transaction. Queries are checked at compile time against the migrated schema.

pub mod a2a;
pub mod activity;
pub mod admin;
pub mod cache;
pub mod config_kv;
pub mod events;
pub mod hierarchy;
pub mod image_pins;
pub mod layouts;
pub mod memories;
pub mod migrations;
pub mod org_tokens;
pub mod orphans;
pub mod secrets;
pub mod status;
pub mod tokens;
pub mod workspaces;

use std::time::Duration;

use sqlx::{Connection, PgPool, postgres::PgPoolOptions};

pub use cache::Cache;
pub use sqlx::{Error as DbError, PgExecutor};

/// Connections a tenant holds at most.
const CONNECTIONS_MAX: u32 = 25;
/// Longest wait for a connection; after it the database counts as unavailable.
const ACQUIRE_DEADLINE: Duration = Duration::from_secs(5);
/// A connection unused for longer is asked for a sign of life before it is used again.
const TRUSTED_IDLE: Duration = Duration::from_secs(1);
/// Longest wait for a database that may not be there.
const PROBE_DEADLINE: Duration = Duration::from_secs(2);
/// An idle connection is given back after this time.
const IDLE_MAX: Duration = Duration::from_secs(300);

/// The server's storage: one database of its own, one Redis that other tenants share.
#[derive(Clone, Debug)]
pub struct Store {
    /// Postgres pool of this tenant.
    pub db: PgPool,
    /// Liveness keys, URL cache, publish; every key scoped by the organisation.
    pub cache: Cache,
}

impl Store {
    /// Opens the pool (25 open, 5 idle) and proves that the database answers.
    ///
    /// # Errors
    /// The connection error when nothing answers at `url`.
    pub async fn connect(url: &str, cache: Cache) -> Result<Self, DbError> {
        let options = PgPoolOptions::new().max_connections(CONNECTIONS_MAX).acquire_timeout(ACQUIRE_DEADLINE);
        // A ping before every query would double the round trips; a connection in steady use is alive.
        let options = options.test_before_acquire(false).before_acquire(|connection, meta| {
            Box::pin(async move {
                if meta.idle_for > TRUSTED_IDLE {
                    connection.ping().await?;
                }
                Ok(true)
            })
        });
        let db = options.idle_timeout(IDLE_MAX).connect(url).await?;
        Ok(Self { db, cache })
    }

    /// Whether a database answers at `url`, asked once and briefly.
    ///
    /// # Errors
    /// Why it does not.
    pub async fn probe(url: &str) -> Result<(), DbError> {
        let connecting = sqlx::PgConnection::connect(url);
        let silent = |_| DbError::Io(std::io::ErrorKind::TimedOut.into());
        let connection = tokio::time::timeout(PROBE_DEADLINE, connecting).await.map_err(silent)??;
        connection.close().await
    }

    /// Applies every migration that is not recorded yet.
    ///
    /// # Errors
    /// The first migration that fails stops the boot.
    pub async fn migrate(&self) -> Result<(), migrations::MigrateError> {
        migrations::run(&self.db).await.map(drop)
    }
}
