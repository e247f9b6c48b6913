//! The schema's history, embedded in the binary and applied forward only at boot.
//!
//! Why not the migration library's own table: the record is `schema_migrations(filename,
//! applied_at)`, a contract that operators read. Why a list instead of a folder scan: a glob once
//! matched rollback files as well and wiped live tokens on every start (#211).

use sqlx::{Acquire, PgConnection, PgPool};

/// One forward migration.
#[derive(Clone, Copy, Debug)]
pub struct Migration {
    /// File name, the key of `schema_migrations`.
    pub filename: &'static str,
    /// Its statements; safe to run again.
    pub sql: &'static str,
}

macro_rules! migrations {
    ($($file:literal),+ $(,)?) => {
        &[$(Migration { filename: $file, sql: include_str!(concat!("../migrations/", $file)) }),+]
    };
}

/// Every forward migration, sorted by name.
pub const MIGRATIONS: &[Migration] = migrations![
    "001_workspaces.sql",
    "002_credentials.sql",
    "003_activity.sql",
    "004_memory.sql",
    "005_work_and_governance.sql",
    "006_late_statuses.up.sql",
];

/// Two servers that boot on one database take turns; the number is arbitrary but fixed.
const BOOT_LOCK: i64 = 0x6d6f_6c65_6375_6c65;

/// Why the schema could not be brought up to date.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// The bookkeeping around the migrations failed.
    #[error("migration bookkeeping failed")]
    Bookkeeping(#[from] sqlx::Error),
    /// One file failed; nothing of it was kept.
    #[error("migration {filename} failed")]
    File {
        /// The file that failed.
        filename: &'static str,
        /// What the database said.
        #[source]
        source: sqlx::Error,
    },
}

/// Applies every migration that is not recorded yet and returns the names it applied.
///
/// # Errors
/// The first file that fails stops the run; earlier files stay applied and recorded.
pub async fn run(db: &PgPool) -> Result<Vec<&'static str>, MigrateError> {
    let mut connection = db.acquire().await?;
    sqlx::query("SELECT pg_advisory_lock($1)").bind(BOOT_LOCK).execute(&mut *connection).await?;
    let outcome = run_locked(&mut connection).await;
    sqlx::query("SELECT pg_advisory_unlock($1)").bind(BOOT_LOCK).execute(&mut *connection).await?;
    outcome
}

async fn run_locked(connection: &mut PgConnection) -> Result<Vec<&'static str>, MigrateError> {
    sqlx::raw_sql(
        "CREATE TABLE IF NOT EXISTS schema_migrations (
             filename TEXT PRIMARY KEY,
             applied_at TIMESTAMPTZ NOT NULL DEFAULT now()
         )",
    )
    .execute(&mut *connection)
    .await?;
    let recorded: Vec<String> =
        sqlx::query_scalar("SELECT filename FROM schema_migrations").fetch_all(&mut *connection).await?;
    let mut applied = Vec::new();
    for migration in MIGRATIONS.iter().filter(|m| !recorded.iter().any(|name| name == m.filename)) {
        apply(connection, *migration)
            .await
            .map_err(|source| MigrateError::File { filename: migration.filename, source })?;
        applied.push(migration.filename);
    }
    Ok(applied)
}

/// The statements and their record commit together.
async fn apply(connection: &mut PgConnection, migration: Migration) -> Result<(), sqlx::Error> {
    let mut transaction = connection.begin().await?;
    sqlx::raw_sql(migration.sql).execute(&mut *transaction).await?;
    sqlx::query("INSERT INTO schema_migrations (filename) VALUES ($1)")
        .bind(migration.filename)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await
}
