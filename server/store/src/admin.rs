//! Statements about whole databases: for the embedded development cluster and for tests.
//!
//! Names cannot be bound as parameters, so they are checked instead.

use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::DbError;

/// A database name that needs no quoting.
fn checked(name: &str) -> Result<&str, DbError> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    let ok = !name.is_empty() && name.len() <= 63 && name.bytes().all(plain);
    ok.then_some(name).ok_or_else(|| DbError::Configuration("a database name is [a-z0-9_]+".into()))
}

/// Creates a database unless it exists.
///
/// # Errors
/// The connection or the statement failed.
pub async fn ensure_database(maintenance_url: &str, name: &str) -> Result<(), DbError> {
    let mut connection = PgConnection::connect(maintenance_url).await?;
    let exists = sqlx::query_scalar!("select 1 from pg_database where datname = $1", name);
    if exists.fetch_optional(&mut connection).await?.is_none() {
        let create = format!("create database {}", checked(name)?);
        sqlx::query(AssertSqlSafe(create)).execute(&mut connection).await?;
    }
    connection.close().await
}

/// Creates a database as a copy of another one that nobody is connected to.
///
/// # Errors
/// The connection or the statement failed.
pub async fn clone_database(maintenance_url: &str, template: &str, name: &str) -> Result<(), DbError> {
    let mut connection = PgConnection::connect(maintenance_url).await?;
    let create = format!("create database {} template {}", checked(name)?, checked(template)?);
    sqlx::query(AssertSqlSafe(create)).execute(&mut connection).await?;
    connection.close().await
}

/// Drops a database, whoever is connected to it.
///
/// # Errors
/// The connection or the statement failed.
pub async fn drop_database(maintenance_url: &str, name: &str) -> Result<(), DbError> {
    let mut connection = PgConnection::connect(maintenance_url).await?;
    let drop = format!("drop database if exists {} with (force)", checked(name)?);
    sqlx::query(AssertSqlSafe(drop)).execute(&mut connection).await?;
    connection.close().await
}

/// Databases whose name begins with `prefix`.
///
/// # Errors
/// The connection or the query failed.
pub async fn databases(maintenance_url: &str, prefix: &str) -> Result<Vec<String>, DbError> {
    let mut connection = PgConnection::connect(maintenance_url).await?;
    let found = sqlx::query_scalar!(
        r#"select datname as "name!" from pg_database where starts_with(datname::text, $1)"#,
        prefix
    )
    .fetch_all(&mut connection)
    .await?;
    connection.close().await?;
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_needs_quoting_is_refused() {
        assert!(checked("test_1_2").is_ok());
        for bad in ["", "a b", "x; drop database y", "A", "a\"b", &"a".repeat(64)] {
            assert!(checked(bad).is_err(), "{bad:?}");
        }
    }
}
