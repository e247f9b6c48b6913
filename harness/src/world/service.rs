//! The handle of one running service.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use indexmap::IndexMap;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Boot, LogBook, Looked, Reboot, Stream, WorldError};
use crate::secrets::Secrets;

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

/// What becomes of the bytes between two services.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Flow {
    /// They are passed on.
    Open,
    /// They are passed on that much later, 16 KiB at a time.
    Slow(Duration),
    /// They are held back; connections stay open.
    Paused,
    /// New connections are refused, open ones are reset.
    Cut,
}

/// Carries out a [`Control`]; each backend has its own.
pub trait Controller: Send + Sync {
    /// Carries it out; returns when it has taken effect.
    fn control(&self, control: Control) -> BoxFuture<'_, Result<(), WorldError>>;

    /// Ends it and starts it anew with some of its environment changed, then waits until it is ready, or ends
    /// when that is what it is to do.
    fn reboot<'a>(&'a self, _: &'a Reboot) -> BoxFuture<'a, Result<Boot, WorldError>> {
        Box::pin(async { Err(WorldError::Unsupported("another environment for what is no program".into())) })
    }

    /// Changes what becomes of the bytes between it and one other service, until it is healed.
    fn way<'a>(&'a self, caller: &'a str, _: Flow) -> BoxFuture<'a, Result<(), WorldError>> {
        Box::pin(async move { Err(WorldError::Unsupported(format!("disturbing the way from `{caller}`"))) })
    }

    /// What carries the service and in what state that is, for a report; none when there is nothing to tell.
    fn state(&self) -> BoxFuture<'_, Option<Value>> {
        Box::pin(async { None })
    }
}

/// One running service; clones share it.
#[derive(Clone)]
pub struct Service {
    inner: Arc<Inner>,
}

struct Inner {
    name: String,
    endpoint: Endpoint,
    authority: Option<String>,
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

impl Endpoint {
    /// Makes the password of a database known.
    pub(crate) fn tell(&self, service: &str, secrets: &Secrets) {
        match self {
            Self::Http(_) => {}
            Self::Postgres(url) => secrets.add_password(&format!("{service}.postgres"), url),
            Self::Redis(url) => secrets.add_password(&format!("{service}.redis"), url),
        }
    }
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
        Self { inner: Arc::new(Inner { name, endpoint, authority: None, env, logs, controller }) }
    }

    /// The same service, which other services know under another authority than the harness does.
    pub(crate) fn known_as(self, authority: Option<String>) -> Self {
        let Inner { name, endpoint, env, logs, controller, .. } = &*self.inner;
        let (name, endpoint, env) = (name.clone(), endpoint.clone(), env.clone());
        let (logs, controller) = (logs.clone(), Arc::clone(controller));
        Self { inner: Arc::new(Inner { name, endpoint, authority, env, logs, controller }) }
    }

    /// What a caller has to say as `Host` to be taken for one of the other services: `name:port`, where that
    /// is not the address it calls.
    #[must_use]
    pub fn authority(&self) -> Option<&str> {
        self.inner.authority.as_deref()
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

    /// Makes its own secrets known: those of its environment, the password of its database.
    pub(crate) fn tell(&self, secrets: &Secrets) {
        secrets.add_environment(self.name(), self.environment());
        self.inner.endpoint.tell(self.name(), secrets);
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

    /// Ends it and starts it anew with some of its environment changed, for this start alone, and notes it in its
    /// log.
    ///
    /// # Errors
    /// When the backend cannot do it, or it is not ready although it was to be.
    pub async fn reboot(&self, reboot: &Reboot) -> Result<Boot, WorldError> {
        self.inner.logs.push(Stream::Harness, &format!("[harness] {:?}", Control::Restart));
        self.inner.controller.reboot(reboot).await
    }

    /// Disturbs the way from one other service to it; all others reach it as before.
    ///
    /// # Errors
    /// When the world was made without a link between the two.
    pub async fn way(&self, caller: &str, flow: Flow) -> Result<(), WorldError> {
        self.inner.logs.push(Stream::Harness, &format!("[harness] {flow:?} from {caller}"));
        self.inner.controller.way(caller, flow).await
    }

    /// What carries it and in what state that is, for a report.
    pub async fn state(&self) -> Option<Value> {
        self.inner.controller.state().await
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
    /// The same by another address.
    pub(crate) fn at(&self, address: SocketAddr) -> Self {
        let moved = |url: &str| {
            let mut url = url::Url::parse(url).expect("endpoints are well formed");
            let moved = url.set_ip_host(address.ip()).and_then(|()| url.set_port(Some(address.port())));
            moved.expect("endpoints have hosts");
            url.to_string()
        };
        match self {
            Self::Http(url) => Self::Http(moved(url).trim_end_matches('/').to_owned()),
            Self::Postgres(url) => Self::Postgres(moved(url.expose_secret()).into()),
            Self::Redis(url) => Self::Redis(moved(url.expose_secret()).into()),
        }
    }

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
