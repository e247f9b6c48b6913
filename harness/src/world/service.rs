//! The handle of one running service.

use std::fmt;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use indexmap::IndexMap;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::{LogBook, Looked, Stream, WorldError};

/// What may be done to a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Control {
    /// End it at once, as a crash would.
    Kill,
    /// Stop it from making progress; its connections stay open.
    Pause,
    /// Let it go on.
    Resume,
    /// End it and start it anew with the same environment, then wait until it is ready.
    Restart,
    /// Make it unreachable: new connections are refused, open ones are reset.
    CutOff,
    /// Make it reachable again.
    Heal,
}

/// Carries out a [`Control`]; each backend has its own.
pub trait Controller: Send + Sync {
    /// Carries it out; returns when it has taken effect.
    fn control(&self, control: Control) -> BoxFuture<'_, Result<(), WorldError>>;
}

/// One running service; clones share it.
#[derive(Clone)]
pub struct Service {
    inner: Arc<Inner>,
}

struct Inner {
    name: String,
    endpoint: Endpoint,
    env: IndexMap<String, Looked>,
    logs: LogBook,
    controller: Arc<dyn Controller>,
}

/// Where a service is reached.
#[derive(Clone, Debug)]
pub enum Endpoint {
    /// It speaks HTTP: `http://127.0.0.1:<port>`.
    Http(String),
    /// A Postgres database, with credentials.
    Postgres(SecretString),
    /// A logical Redis database, with credentials.
    Redis(SecretString),
}

impl Service {
    /// Wraps a running service.
    pub(crate) fn new(
        name: String,
        endpoint: Endpoint,
        env: IndexMap<String, Looked>,
        logs: LogBook,
        controller: Arc<dyn Controller>,
    ) -> Self {
        Self { inner: Arc::new(Inner { name, endpoint, env, logs, controller }) }
    }

    /// Its name in the topology.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.inner.name
    }

    /// Where it is reached.
    #[must_use]
    pub fn endpoint(&self) -> &Endpoint {
        &self.inner.endpoint
    }

    /// `http://127.0.0.1:<port>` without a trailing slash; `None` when it does not speak HTTP.
    #[must_use]
    pub fn url(&self) -> Option<&str> {
        match &self.inner.endpoint {
            Endpoint::Http(url) => Some(url),
            Endpoint::Postgres(_) | Endpoint::Redis(_) => None,
        }
    }

    /// The URL of its database, when it is a Postgres.
    #[must_use]
    pub fn postgres_url(&self) -> Option<&SecretString> {
        match &self.inner.endpoint {
            Endpoint::Postgres(url) => Some(url),
            Endpoint::Http(_) | Endpoint::Redis(_) => None,
        }
    }

    /// The URL of its logical database, when it is a Redis.
    #[must_use]
    pub fn redis_url(&self) -> Option<&SecretString> {
        match &self.inner.endpoint {
            Endpoint::Redis(url) => Some(url),
            Endpoint::Http(_) | Endpoint::Postgres(_) => None,
        }
    }

    /// One variable of its environment.
    #[must_use]
    pub fn env(&self, name: &str) -> Option<&Looked> {
        self.inner.env.get(name)
    }

    /// Its whole environment.
    #[must_use]
    pub fn environment(&self) -> &IndexMap<String, Looked> {
        &self.inner.env
    }

    /// Its log.
    #[must_use]
    pub fn logs(&self) -> &LogBook {
        &self.inner.logs
    }

    /// Does something to it and notes it in its log.
    ///
    /// # Errors
    /// When the backend cannot do it, or a restarted service does not become ready.
    pub async fn control(&self, control: Control) -> Result<(), WorldError> {
        self.inner.logs.push(Stream::Harness, &format!("[harness] {control:?}"));
        self.inner.controller.control(control).await
    }

    /// A value of it by path, such as `url`, `port` or `env.ADMIN_TOKEN`.
    pub(crate) fn lookup(&self, path: &[String]) -> Option<Looked> {
        match path.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
            ["env", name] => self.env(name).cloned(),
            ["name"] => Some(Looked::Plain(self.name().to_owned())),
            [part] => self.inner.endpoint.part(part),
            _ => None,
        }
    }
}

impl Endpoint {
    /// `url`, `host`, `port` or `address` (`host:port`).
    pub(crate) fn part(&self, part: &str) -> Option<Looked> {
        let url = match self {
            Self::Http(url) => url.as_str(),
            Self::Postgres(url) | Self::Redis(url) => url.expose_secret(),
        };
        if part == "url" {
            return Some(match self {
                Self::Http(url) => Looked::Plain(url.clone()),
                Self::Postgres(url) | Self::Redis(url) => Looked::Secret(url.clone()),
            });
        }
        let parsed = url::Url::parse(url).ok()?;
        let (host, port) = (parsed.host_str()?.to_owned(), parsed.port_or_known_default());
        match part {
            "host" => Some(Looked::Plain(host)),
            "port" => Some(Looked::Plain(port?.to_string())),
            "address" => Some(Looked::Plain(format!("{host}:{}", port?))),
            _ => None,
        }
    }
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service")
            .field("name", &self.name())
            .field("url", &self.url())
            .finish_non_exhaustive()
    }
}
