//! All SQL and all Redis of the server. Rows in, typed values out.
//!
//! One module per noun; functions take `impl PgExecutor` so that a caller may run several of them in
//! one transaction. Queries are checked at compile time against the migrated schema.

pub mod a2a;
pub mod activity;
pub mod cache;
pub mod config_kv;
pub mod events;
pub mod hierarchy;
pub mod layouts;
pub mod migrations;
pub mod status;
pub mod workspaces;

use sqlx::{PgPool, postgres::PgPoolOptions};

pub use cache::Cache;
pub use sqlx::Error as DbError;

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
        let db = PgPoolOptions::new().max_connections(25).min_connections(0).connect(url).await?;
        Ok(Self { db, cache })
    }

    /// Applies every migration that is not recorded yet.
    ///
    /// # Errors
    /// The first migration that fails stops the boot.
    pub async fn migrate(&self) -> Result<(), migrations::MigrateError> {
        migrations::run(&self.db).await.map(drop)
    }
}
