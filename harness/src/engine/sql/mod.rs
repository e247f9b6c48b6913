//! The engine's SQL client: statements of a replay on a tenant's own Postgres.
//!
//! Nothing about the schema is known here, so everything is dynamic: Postgres says which type each
//! `$n` has and the argument is put into that type ([`args`]); each column comes back as the JSON value
//! a reader expects ([`rows`]). One connection per database and replay, so that `set enable_seqscan =
//! off` holds for the steps that follow.

mod args;
mod rows;

use std::time::Duration;

use serde_json::{Value, json};
use sqlx::postgres::{PgArguments, PgConnectOptions, PgRow, PgStatement, PgTypeInfo};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, SqlSafeStr as _, Statement as _};
use thiserror::Error;
use tokio::sync::Mutex;
use tokio::time::timeout;

use crate::world::database_reason;

/// The most rows a step may read; more is a mistake in the replay.
const ROWS_MAX: usize = 20_000;

/// A database as the steps of one replay see it.
#[derive(Debug)]
pub struct Database {
    url: String,
    open: Mutex<Option<PgConnection>>,
}

/// What a statement led to.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// Rows, as objects in column order.
    Rows(Vec<Value>),
    /// The number of rows changed.
    Changed(u64),
    /// Postgres refused; a replay may expect that.
    Refused(SqlRefusal),
}

/// What Postgres says when it refuses a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqlRefusal {
    /// The five-character SQLSTATE.
    pub code: String,
    /// The message.
    pub message: String,
    /// The constraint that was violated.
    pub constraint: Option<String>,
}

impl SqlRefusal {
    /// The refusal as a value to put expectations on.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({ "code": self.code, "message": self.message, "constraint": self.constraint })
    }
}

/// The statement could not be judged.
#[derive(Debug, Error)]
pub enum SqlError {
    /// No connection, or it broke.
    #[error("the database is unreachable: {0}")]
    Unreachable(String),
    /// No answer in time.
    #[error("no answer from the database within {0:?}; `timeout` of the step gives it longer")]
    Timeout(Duration),
    /// The arguments do not fit the statement.
    #[error("{0}")]
    Argument(String),
    /// A column has a type this client does not read.
    #[error("{0}")]
    Column(String),
}

impl Database {
    /// A database that is connected to on first use.
    #[must_use]
    pub fn at(url: impl Into<String>) -> Self {
        Self { url: url.into(), open: Mutex::new(None) }
    }

    /// Runs a statement that reads.
    ///
    /// # Errors
    /// When it could not be run at all; a refusal by Postgres is an [`Answer`].
    pub async fn rows(&self, sql: &str, args: &[Value], within: Duration) -> Result<Answer, SqlError> {
        self.run(within, async |connection| {
            let rows = fetch(connection, sql, args).await?;
            if rows.len() > ROWS_MAX {
                return Err(Stop::Error(SqlError::Column(format!("more than {ROWS_MAX} rows"))));
            }
            let rows = rows.iter().map(rows::object).collect::<Result<_, _>>()?;
            Ok(Answer::Rows(rows))
        })
        .await
    }

    /// Runs statements for their effect, several in one transaction; each takes as many of the arguments as it
    /// has parameters, from the first on.
    ///
    /// # Errors
    /// When they could not be run at all; a refusal by Postgres is an [`Answer`].
    pub async fn exec(&self, all: &[String], args: &[Value], within: Duration) -> Result<Answer, SqlError> {
        self.run(within, async |connection| {
            if let [only] = all {
                return Ok(Answer::Changed(change(connection, only, args, true).await?));
            }
            let mut transaction = connection.begin().await?;
            let mut changed = 0;
            for sql in all {
                changed += change(&mut transaction, sql, args, false).await?;
            }
            transaction.commit().await?;
            Ok(Answer::Changed(changed))
        })
        .await
    }

    async fn run(
        &self,
        within: Duration,
        work: impl AsyncFnOnce(&mut PgConnection) -> Result<Answer, Stop>,
    ) -> Result<Answer, SqlError> {
        let mut slot = self.open.lock().await;
        // Taken out, so that a connection cut off in the middle of a statement is never used again.
        let taken = slot.take();
        let attempt = async {
            let mut connection = match taken {
                Some(connection) => connection,
                None => connect(&self.url).await?,
            };
            let done = work(&mut connection).await;
            Ok::<_, SqlError>((connection, done))
        };
        let (connection, done) = timeout(within, attempt).await.map_err(|_| SqlError::Timeout(within))??;
        match done {
            Ok(answer) => {
                *slot = Some(connection);
                Ok(answer)
            }
            Err(Stop::Sqlx(sqlx::Error::Database(refusal))) => {
                *slot = Some(connection);
                Ok(Answer::Refused(SqlRefusal {
                    code: refusal.code().unwrap_or_default().into_owned(),
                    message: refusal.message().to_owned(),
                    constraint: refusal.constraint().map(str::to_owned),
                }))
            }
            Err(Stop::Sqlx(other)) => Err(SqlError::Unreachable(database_reason(&other))),
            Err(Stop::Error(error)) => {
                *slot = Some(connection);
                Err(error)
            }
        }
    }
}

enum Stop {
    Sqlx(sqlx::Error),
    Error(SqlError),
}

impl From<sqlx::Error> for Stop {
    fn from(error: sqlx::Error) -> Self {
        Self::Sqlx(error)
    }
}

impl From<SqlError> for Stop {
    fn from(error: SqlError) -> Self {
        Self::Error(error)
    }
}

async fn connect(url: &str) -> Result<PgConnection, SqlError> {
    let unreachable = |e: sqlx::Error| SqlError::Unreachable(database_reason(&e));
    let options: PgConnectOptions = url.parse().map_err(unreachable)?;
    let options = options.application_name("harness").options([("timezone", "UTC")]);
    PgConnection::connect_with(&options).await.map_err(unreachable)
}

/// Runs one text. Without arguments it may hold several statements.
async fn change(
    connection: &mut PgConnection,
    sql: &str,
    args: &[Value],
    all_args: bool,
) -> Result<u64, Stop> {
    let done = if args.is_empty() {
        connection.execute(sqlx::raw_sql(AssertSqlSafe(sql.to_owned()))).await?
    } else {
        let (statement, wanted) = described(connection, sql).await?;
        let own = if all_args { args } else { &args[..wanted.len().min(args.len())] };
        let arguments = args::bind(&wanted, own)?;
        connection.execute(statement.query_with(arguments)).await?
    };
    Ok(done.rows_affected())
}

async fn fetch(connection: &mut PgConnection, sql: &str, args: &[Value]) -> Result<Vec<PgRow>, Stop> {
    let (statement, arguments) = prepare(connection, sql, args).await?;
    Ok(connection.fetch_all(statement.query_with(arguments)).await?)
}

async fn prepare(
    connection: &mut PgConnection,
    sql: &str,
    args: &[Value],
) -> Result<(PgStatement, PgArguments), Stop> {
    let (statement, wanted) = described(connection, sql).await?;
    let arguments = args::bind(&wanted, args)?;
    Ok((statement, arguments))
}

/// A statement and the types Postgres wants for its parameters.
async fn described(connection: &mut PgConnection, sql: &str) -> Result<(PgStatement, Vec<PgTypeInfo>), Stop> {
    let statement = connection.prepare(AssertSqlSafe(sql.to_owned()).into_sql_str()).await?;
    let wanted = match statement.parameters() {
        Some(sqlx::Either::Left(types)) => types.to_vec(),
        Some(sqlx::Either::Right(_)) | None => Vec::new(),
    };
    Ok((statement, wanted))
}
