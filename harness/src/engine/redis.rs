//! The engine's Redis client: raw commands, replies as JSON.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use redis::aio::MultiplexedConnection;
use serde_json::{Map, Value, json};
use thiserror::Error;
use tokio::sync::Mutex;
use tokio::time::timeout;

/// A Redis server as the steps of one replay see it.
#[derive(Debug)]
pub struct Server {
    url: String,
    open: Mutex<Option<MultiplexedConnection>>,
}

/// The command got no reply.
#[derive(Debug, Error)]
pub enum RedisFailure {
    /// No connection, or it broke.
    #[error("the Redis is unreachable: {0}")]
    Unreachable(String),
    /// No reply in time.
    #[error("no reply from the Redis within {0:?}")]
    Timeout(Duration),
}

impl Server {
    /// A server that is connected to on first use.
    #[must_use]
    pub fn at(url: impl Into<String>) -> Self {
        Self { url: url.into(), open: Mutex::new(None) }
    }

    /// Runs one command; an error reply is a reply: `{"error": "..."}`.
    ///
    /// # Errors
    /// When no reply came.
    pub async fn run(&self, command: &[String], within: Duration) -> Result<Value, RedisFailure> {
        let Some((name, args)) = command.split_first() else {
            return Ok(json!({ "error": "empty command" }));
        };
        let mut slot = self.open.lock().await;
        let taken = slot.take();
        let attempt = async {
            let mut connection = match taken {
                Some(connection) => connection,
                None => self.connect().await?,
            };
            let reply = redis::cmd(name).arg(args).query_async::<redis::Value>(&mut connection).await;
            Ok::<_, RedisFailure>((connection, reply))
        };
        let (connection, reply) =
            timeout(within, attempt).await.map_err(|_| RedisFailure::Timeout(within))??;
        match reply {
            Ok(value) => {
                *slot = Some(connection);
                Ok(json(value))
            }
            Err(error) if error.code().is_some() => {
                *slot = Some(connection);
                Ok(json!({ "error": error.to_string() }))
            }
            Err(error) => Err(RedisFailure::Unreachable(error.to_string())),
        }
    }

    async fn connect(&self) -> Result<MultiplexedConnection, RedisFailure> {
        let unreachable = |e: redis::RedisError| RedisFailure::Unreachable(e.to_string());
        let client = redis::Client::open(self.url.as_str()).map_err(unreachable)?;
        client.get_multiplexed_async_connection().await.map_err(unreachable)
    }
}

fn json(value: redis::Value) -> Value {
    use redis::Value as Reply;
    match value {
        Reply::Nil => Value::Null,
        Reply::Int(number) => Value::from(number),
        Reply::Double(number) => Value::from(number),
        Reply::Boolean(truth) => Value::from(truth),
        Reply::Okay => Value::from("OK"),
        Reply::SimpleString(text) => Value::from(text),
        Reply::VerbatimString { text, .. } => Value::from(text),
        Reply::BulkString(bytes) => bulk(bytes),
        Reply::Array(items) | Reply::Set(items) => items.into_iter().map(json).collect(),
        Reply::Map(pairs) => Value::Object(pairs.into_iter().map(pair).collect::<Map<_, _>>()),
        other => Value::from(format!("{other:?}")),
    }
}

fn pair((key, value): (redis::Value, redis::Value)) -> (String, Value) {
    let key = match json(key) {
        Value::String(text) => text,
        other => other.to_string(),
    };
    (key, json(value))
}

/// Text where it is text, base64 where it is not.
fn bulk(bytes: Vec<u8>) -> Value {
    String::from_utf8(bytes).map_or_else(|e| Value::from(STANDARD.encode(e.into_bytes())), Value::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_server_that_says_nothing_is_waited_for_no_longer_than_told() {
        let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Server::at(format!("redis://{}", silent.local_addr().unwrap()));
        let error = server.run(&["PING".into()], Duration::from_millis(20)).await.unwrap_err();
        assert!(matches!(error, RedisFailure::Timeout(_)), "{error}");
        assert_eq!(error.to_string(), "no reply from the Redis within 20ms");
    }
}
