//! The way to the engine.

use std::time::Duration;

use bollard::{API_DEFAULT_VERSION, Docker};

/// Longest wait for any answer.
const CALL_SECS: u64 = 120;
/// Longest wait for an engine that may not be there.
const HELLO: Duration = Duration::from_secs(5);

/// Why there is no Docker back end; a line of the boot log.
#[derive(Debug, thiserror::Error)]
pub enum NoEngine {
    /// Not an address this server understands.
    #[error("DOCKER_HOST {0:?} is neither a unix:// nor a tcp:// address")]
    Address(String),
    /// Nobody listens, or not an engine.
    #[error("{0}")]
    Silent(#[from] bollard::errors::Error),
    /// Somebody listens and says nothing.
    #[error("no answer within {} s", HELLO.as_secs())]
    Late,
}

/// Reaches the engine and agrees on a version of its interface.
pub(super) async fn connect(host: &str) -> Result<Docker, NoEngine> {
    let engine = if let Some(path) = host.strip_prefix("unix://") {
        Docker::connect_with_unix(path, CALL_SECS, API_DEFAULT_VERSION)?
    } else if host.starts_with("tcp://") || host.starts_with("http://") {
        Docker::connect_with_http(host, CALL_SECS, API_DEFAULT_VERSION)?
    } else {
        return Err(NoEngine::Address(host.to_owned()));
    };
    let agreed = tokio::time::timeout(HELLO, engine.negotiate_version()).await;
    Ok(agreed.map_err(|_| NoEngine::Late)??)
}
