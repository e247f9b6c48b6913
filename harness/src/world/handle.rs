//! The handle of a running world.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use futures_util::future::BoxFuture;
use harness_model::topology::Topology;
use indexmap::IndexMap;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};
use tokio::sync::Mutex;

use super::{Caller, Service, WorldError, resolve};
use crate::secrets::Secrets;

/// A value of a running world.
#[derive(Clone, Debug)]
pub enum Looked {
    /// May be shown.
    Plain(String),
    /// Is masked in every report.
    Secret(SecretString),
}

impl Looked {
    /// The value itself.
    #[must_use]
    pub fn expose(&self) -> &str {
        match self {
            Self::Plain(value) => value,
            Self::Secret(value) => value.expose_secret(),
        }
    }

    /// Whether it is masked in reports.
    #[must_use]
    pub fn is_secret(&self) -> bool {
        matches!(self, Self::Secret(_))
    }
}

/// Ends a world, run or dropped; each backend has its own.
pub(crate) type Teardown = Box<dyn FnOnce() -> BoxFuture<'static, Result<(), WorldError>> + Send>;

/// A running world; clones share it. Dropping the last one without [`World::down`] still ends it:
/// dropping a teardown that never ran does.
#[derive(Clone)]
pub struct World {
    inner: Arc<Inner>,
}

struct Inner {
    id: String,
    topology: Arc<Topology>,
    variables: IndexMap<String, String>,
    services: IndexMap<String, Service>,
    http: reqwest::Client,
    looked: Mutex<HashMap<(String, Vec<String>), Looked>>,
    teardown: Mutex<Option<Teardown>>,
    programs: OnceLock<IndexMap<String, PathBuf>>,
    secrets: Secrets,
}

impl World {
    /// Wraps what a backend has started.
    pub(crate) fn new(
        id: String,
        topology: Arc<Topology>,
        variables: IndexMap<String, String>,
        services: IndexMap<String, Service>,
        http: reqwest::Client,
        teardown: Teardown,
    ) -> Self {
        let (looked, teardown) = (Mutex::default(), Mutex::new(Some(teardown)));
        let (programs, secrets) = (OnceLock::new(), Secrets::default());
        for service in services.values() {
            service.tell(&secrets);
            service.logs().hide(&secrets);
        }
        let inner = Inner { id, topology, variables, services, http, looked, teardown, programs, secrets };
        Self { inner: Arc::new(inner) }
    }

    /// Tells where the topology's programs are; only the first call counts.
    pub(crate) fn found_programs(&self, programs: IndexMap<String, PathBuf>) {
        let _ = self.inner.programs.set(programs);
    }

    /// The file of one of the topology's programs, as `run: { program: <name> }` uses it.
    ///
    /// # Errors
    /// When the topology has no such program.
    pub fn program(&self, name: &str) -> Result<PathBuf, WorldError> {
        let known = self.inner.programs.get();
        let found = known.and_then(|programs| programs.get(name)).cloned();
        found.ok_or_else(|| WorldError::unknown("program", name, known.into_iter().flat_map(IndexMap::keys)))
    }

    /// Its id: unique among all runs on this machine.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.inner.id
    }

    /// The topology it is an instance of.
    #[must_use]
    pub fn topology(&self) -> &Arc<Topology> {
        &self.inner.topology
    }

    /// One service.
    ///
    /// # Errors
    /// When the topology has no such service.
    pub fn service(&self, name: &str) -> Result<&Service, WorldError> {
        self.inner
            .services
            .get(name)
            .ok_or_else(|| WorldError::unknown("service", name, self.inner.services.keys()))
    }

    /// All services, in topology order.
    pub fn services(&self) -> impl Iterator<Item = &Service> {
        self.inner.services.values()
    }

    /// The service that plays a role, such as `stub`, `agents` or `edge`.
    ///
    /// # Errors
    /// When the topology gives the role to no service.
    pub fn role(&self, role: &str) -> Result<&Service, WorldError> {
        let roles = &self.inner.topology.roles;
        let name = roles.get(role).ok_or_else(|| WorldError::unknown("role", role, roles.keys()))?;
        self.service(name)
    }

    /// The Postgres service behind a database name, as `sql: { on: <name> }` uses it.
    ///
    /// # Errors
    /// When the topology has no such database.
    pub fn database(&self, name: &str) -> Result<&Service, WorldError> {
        let databases = &self.inner.topology.databases;
        let service =
            databases.get(name).ok_or_else(|| WorldError::unknown("database", name, databases.keys()))?;
        self.service(service)
    }

    /// A value by dotted path: `tenant-alpha.env.ADMIN_TOKEN`, `cp-stub.url`, `var.alpha_host`, `world.id`.
    ///
    /// # Errors
    /// When there is no such value.
    pub fn lookup(&self, path: &str) -> Result<Looked, WorldError> {
        let parts: Vec<String> = path.split('.').map(str::to_owned).collect();
        self.path(&parts)
    }

    /// Resolves an identity with its arguments; looks up what it needs, such as an agent's token.
    ///
    /// # Errors
    /// When the identity or an argument is unknown or missing, or a lookup fails.
    pub async fn caller(&self, identity: &str, args: &Map<String, Value>) -> Result<Caller, WorldError> {
        resolve::caller(self, identity, args).await
    }

    /// The value of a lookup, such as `agents.token` of a workspace.
    ///
    /// # Errors
    /// When there is no such lookup or it gets no value.
    pub async fn ask(&self, lookup: &str, args: Vec<String>) -> Result<Looked, WorldError> {
        resolve::look_up(self, lookup, args).await
    }

    /// Every secret known so far: what it was started with, what was looked up, what replays in it captured.
    #[must_use]
    pub fn secrets(&self) -> &Secrets {
        &self.inner.secrets
    }

    /// Ends everything of this world and returns when it is gone. A second call does nothing.
    ///
    /// # Errors
    /// When something could not be ended.
    pub async fn down(&self) -> Result<(), WorldError> {
        match self.inner.teardown.lock().await.take() {
            Some(teardown) => teardown().await,
            None => Ok(()),
        }
    }

    /// The topology's variables with their values.
    pub(super) fn variables(&self) -> &IndexMap<String, String> {
        &self.inner.variables
    }

    pub(super) fn path(&self, parts: &[String]) -> Result<Looked, WorldError> {
        let unknown = || WorldError::unknown("value", &parts.join("."), self.inner.services.keys());
        match parts {
            [head, id] if head == "world" && id == "id" => Ok(Looked::Plain(self.id().to_owned())),
            [head, name] if head == "var" => {
                self.inner.variables.get(name).cloned().map(Looked::Plain).ok_or_else(unknown)
            }
            [service, rest @ ..] => self.service(service)?.lookup(rest).ok_or_else(unknown),
            [] => Err(unknown()),
        }
    }

    pub(crate) fn http(&self) -> &reqwest::Client {
        &self.inner.http
    }

    pub(super) fn looked(&self) -> &Mutex<HashMap<(String, Vec<String>), Looked>> {
        &self.inner.looked
    }
}

impl std::fmt::Debug for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let services: Vec<&str> = self.services().map(Service::name).collect();
        f.debug_struct("World").field("id", &self.id()).field("services", &services).finish_non_exhaustive()
    }
}
