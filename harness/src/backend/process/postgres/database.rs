//! Databases of worlds: cloned from a template, dropped by name.

use sqlx::{AssertSqlSafe, PgPool};

use crate::world::WorldError;

/// Templates start with this, databases of worlds with [`WORLD_PREFIX`].
pub(crate) const TEMPLATE_PREFIX: &str = "t_";
/// See [`TEMPLATE_PREFIX`].
pub(crate) const WORLD_PREFIX: &str = "w_";

/// What the database of a world's Postgres service is called.
pub(crate) fn of_world(world: &str, service: &str) -> String {
    format!("{WORLD_PREFIX}{world}_{service}")
}

/// Makes a database, empty or as a clone.
///
/// Copying files takes a sixth of the processor time that writing each page to the log takes,
/// which is what newer servers do unless told.
pub(crate) async fn create(admin: &PgPool, name: &str, template: Option<&str>) -> Result<(), WorldError> {
    let version: i32 = sqlx::query_scalar("select current_setting('server_version_num')::int")
        .fetch_one(admin)
        .await
        .map_err(WorldError::database("ask a cluster for its version"))?;
    let strategy = if version >= FIRST_WITH_STRATEGY { " strategy file_copy" } else { "" };
    let template = template.unwrap_or("template0");
    let sql = format!("create database {} template {}{strategy}", quoted(name), quoted(template));
    run(admin, &format!("make the database `{name}` from `{template}`"), sql).await
}

/// The first version that knows another strategy than copying files.
const FIRST_WITH_STRATEGY: i32 = 150_000;

/// Drops a database and whoever is connected to it.
pub(crate) async fn drop(admin: &PgPool, name: &str) -> Result<(), WorldError> {
    let sql = format!("drop database if exists {} with (force)", quoted(name));
    run(admin, &format!("drop the database `{name}`"), sql).await
}

/// Makes a finished database a template under its new name, and drops the templates it replaces.
pub(crate) async fn promote(admin: &PgPool, name: &str, template: &str) -> Result<(), WorldError> {
    let older = names(admin, TEMPLATE_PREFIX).await?;
    let what = format!("make the database `{name}` the template `{template}`");
    run(admin, &what, format!("alter database {} with allow_connections false", quoted(name))).await?;
    let end = "select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = $1";
    sqlx::query(end).bind(name).execute(admin).await.map_err(WorldError::database(what.as_str()))?;
    run(admin, &what, format!("alter database {} rename to {}", quoted(name), quoted(template))).await?;
    for old in older {
        // Another run may be cloning it; then a later one drops it.
        let _ = drop(admin, &old).await;
    }
    Ok(())
}

/// The databases whose names start with a prefix.
pub(crate) async fn names(admin: &PgPool, prefix: &str) -> Result<Vec<String>, WorldError> {
    sqlx::query_scalar("select datname::text from pg_database where starts_with(datname::text, $1)")
        .bind(prefix)
        .fetch_all(admin)
        .await
        .map_err(WorldError::database("list the databases of a cluster"))
}

async fn run(admin: &PgPool, what: &str, sql: String) -> Result<(), WorldError> {
    let done = sqlx::raw_sql(AssertSqlSafe(sql)).execute(admin).await;
    done.map(std::mem::drop).map_err(WorldError::database(what))
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
