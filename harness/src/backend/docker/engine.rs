//! The capability `docker`: a Docker engine of this machine, for tenants that run agents on it.
//!
//! Worlds of processes ask for it: there, only the agents of variant `docker-mode` are containers.

use std::time::Duration;

use bollard::{API_DEFAULT_VERSION, Docker};

/// Name of the capability in a replay's `needs`.
const CAPABILITY: &str = "docker";
/// Where a server looks for its engine unless it is told otherwise.
const SOCKET: &str = "/var/run/docker.sock";
const HELLO: Duration = Duration::from_secs(3);

/// The capability and the reason, when no engine answers.
pub(crate) async fn missing() -> Option<(String, String)> {
    let reason = tokio::time::timeout(HELLO, silent()).await;
    let reason = reason.unwrap_or_else(|_| Some(format!("no answer within {} s", HELLO.as_secs())))?;
    Some((CAPABILITY.to_owned(), format!("no Docker engine answers at {SOCKET}: {reason}")))
}

/// Why the engine does not answer; nothing when it does.
async fn silent() -> Option<String> {
    let engine = match Docker::connect_with_unix(SOCKET, HELLO.as_secs(), API_DEFAULT_VERSION) {
        Ok(engine) => engine,
        Err(error) => return Some(error.to_string()),
    };
    engine.ping().await.err().map(|error| error.to_string())
}
