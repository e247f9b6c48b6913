//! What all steps of one running replay share: the world, open connections, secrets, counts, events.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{SecondsFormat, Utc};
use harness_model::event::{Failure, RunEvent, StepRef};
use harness_model::template::Generator;
use harness_model::verdict::FailedStep;
use secrecy::ExposeSecret as _;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::evidence::Mark;
use super::http::Client;
use super::play::{Play, Sink};
use super::secrets::Secrets;
use super::stream::Connection;
use super::trouble::Trouble;
use super::{redis, sql};
use crate::world::{Looked, World};

/// What all steps of one running replay share.
pub(crate) struct Session<'a> {
    /// What is executed.
    pub(crate) play: &'a Play,
    /// Where.
    pub(crate) world: &'a World,
    /// What must not appear in any text.
    pub(crate) secrets: Secrets,
    /// The client of every `http` and `mcp` step.
    pub(crate) client: Client,
    /// The moment the replay began.
    pub(crate) began: Mark,
    sink: Sink<'a>,
    unique: String,
    made: AtomicU64,
    held: AtomicU32,
    missed: AtomicU32,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    databases: HashMap<String, Arc<sql::Database>>,
    redis: HashMap<String, Arc<redis::Server>>,
    connections: HashMap<String, Arc<Connection>>,
    marks: HashMap<String, Mark>,
    /// From where on nobody has looked for services that died.
    watched: Option<Mark>,
    faults: Vec<SetFault>,
    witness_fault: Option<String>,
    disguises: HashMap<String, Map<String, Value>>,
    failed: Vec<FailedStep>,
    broken: Option<(Option<StepRef>, Failure)>,
}

/// A fault that a step has set at the stub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SetFault {
    /// Its id at the stub.
    pub(crate) id: String,
    /// The step that set it.
    pub(crate) step: String,
}

/// What a replay hides from its first moment: what its world does.
fn secrets_of(world: &World) -> Secrets {
    let secrets = world.secrets().child();
    world.services().for_each(|service| service.tell(&secrets));
    secrets
}

impl<'a> Session<'a> {
    /// The session of a replay that is about to begin.
    pub(crate) fn begin(play: &'a Play, world: &'a World, sink: Sink<'a>) -> Self {
        Self {
            play,
            world,
            secrets: secrets_of(world),
            client: Client::default(),
            began: Mark::now(world),
            sink,
            unique: Uuid::new_v4().simple().to_string()[..12].to_owned(),
            made: AtomicU64::new(0),
            held: AtomicU32::new(0),
            missed: AtomicU32::new(0),
            state: Mutex::default(),
        }
    }

    /// Tells what happened, without any secret that is known by now.
    pub(crate) fn emit(&self, event: RunEvent) {
        (self.sink)(self.secrets.mask_told(event));
    }

    /// A value of the world as a template's value; a secret is made known to the mask first.
    pub(crate) fn known(&self, name: &str, looked: &Looked) -> Value {
        if let Looked::Secret(secret) = looked {
            self.secrets.add(name, secret);
        }
        Value::from(looked.expose())
    }

    /// A value that is new, or for `unique` one that no other replay has.
    pub(crate) fn generate(&self, what: Generator) -> Value {
        match what {
            Generator::Unique => {
                let number = self.made.fetch_add(1, Ordering::Relaxed);
                Value::from(if number == 0 {
                    self.unique.clone()
                } else {
                    format!("{}-{number}", self.unique)
                })
            }
            Generator::Uuid => Value::from(Uuid::new_v4().to_string()),
            Generator::Now => Value::from(Utc::now().to_rfc3339_opts(SecondsFormat::Micros, true)),
        }
    }

    /// A database by the name steps use.
    ///
    /// # Errors
    /// When the world has no such database.
    pub(crate) fn database(&self, name: &str) -> Result<Arc<sql::Database>, Trouble> {
        if let Some(known) = self.state().databases.get(name) {
            return Ok(Arc::clone(known));
        }
        let service = self.world.database(name)?;
        let url = service.postgres_url();
        let url = url.ok_or_else(|| Trouble::new(format!("`{}` is no Postgres", service.name())))?;
        let database = Arc::new(sql::Database::at(url.expose_secret()));
        Ok(Arc::clone(self.state().databases.entry(name.to_owned()).or_insert(database)))
    }

    /// A Redis by the name of its service, or the only one.
    ///
    /// # Errors
    /// When the world has no such service or several to choose from.
    pub(crate) fn redis(&self, name: Option<&str>) -> Result<Arc<redis::Server>, Trouble> {
        let service = match name {
            Some(name) => self.world.service(name)?,
            None => {
                let mut all = self.world.services().filter(|service| service.redis_url().is_some());
                let only = all.next().ok_or_else(|| Trouble::new("the world has no Redis"))?;
                if all.next().is_some() {
                    return Err(
                        Trouble::new("the world has several Redis services").help("say which with `on:`")
                    );
                }
                only
            }
        };
        let url = service.redis_url();
        let url = url.ok_or_else(|| Trouble::new(format!("`{}` is no Redis", service.name())))?;
        let server = Arc::new(redis::Server::at(url.expose_secret()));
        Ok(Arc::clone(self.state().redis.entry(service.name().to_owned()).or_insert(server)))
    }

    /// Keeps a connection open under its name.
    pub(crate) fn keep(&self, name: &str, connection: Connection) {
        self.state().connections.insert(name.to_owned(), Arc::new(connection));
    }

    /// An open connection.
    ///
    /// # Errors
    /// When no step has opened one of this name.
    pub(crate) fn connection(&self, name: &str) -> Result<Arc<Connection>, Trouble> {
        let found = self.state().connections.get(name).cloned();
        found.ok_or_else(|| Trouble::new(format!("no connection `{name}` is open")))
    }

    /// Lets go of a connection, which closes it.
    pub(crate) fn forget(&self, name: &str) {
        self.state().connections.remove(name);
    }

    /// Notes where a step began.
    pub(crate) fn mark(&self, step: &str, mark: Mark) {
        self.state().marks.insert(step.to_owned(), mark);
    }

    /// Where a step began.
    pub(crate) fn marked(&self, step: &str) -> Option<Mark> {
        self.state().marks.get(step).cloned()
    }

    /// A service that ended unasked since this was last looked at, and how.
    pub(crate) fn died(&self) -> Option<(String, String)> {
        let since = self.state().watched.replace(Mark::now(self.world));
        since.unwrap_or_else(|| self.began.clone()).died(self.world)
    }

    /// Notes a fault that must be gone, and have been hit, at the end.
    pub(crate) fn fault_set(&self, fault: SetFault) {
        self.state().faults.push(fault);
    }

    /// Notes the fault that is the witness itself: it stays, and need not be hit.
    pub(crate) fn witness_fault(&self, id: String) {
        self.state().witness_fault = Some(id);
    }

    /// Whether a fault is the witness itself.
    pub(crate) fn is_witness_fault(&self, id: &str) -> bool {
        self.state().witness_fault.as_deref() == Some(id)
    }

    /// The faults set so far.
    pub(crate) fn faults(&self) -> Vec<SetFault> {
        self.state().faults.clone()
    }

    /// As whom an agent's tools call from now on.
    pub(crate) fn disguise_agent(&self, agent: &str, disguise: Map<String, Value>) {
        self.state().disguises.insert(agent.to_owned(), disguise);
    }

    /// As whom an agent's tools call, when not as itself.
    pub(crate) fn agent_disguise(&self, agent: &str) -> Option<Map<String, Value>> {
        self.state().disguises.get(agent).cloned()
    }

    /// Counts checks.
    pub(crate) fn count(&self, held: u32, missed: u32) {
        self.held.fetch_add(held, Ordering::Relaxed);
        self.missed.fetch_add(missed, Ordering::Relaxed);
    }

    /// Checks that held and that did not.
    pub(crate) fn counts(&self) -> (u32, u32) {
        (self.held.load(Ordering::Relaxed), self.missed.load(Ordering::Relaxed))
    }

    /// Notes a failed step.
    pub(crate) fn failed(&self, step: StepRef, failure: Failure) {
        let failed = self.secrets.mask_told(FailedStep { step, failure });
        self.state().failed.push(failed);
    }

    /// Notes that the replay cannot be judged; the first reason counts.
    pub(crate) fn broken(&self, step: Option<StepRef>, failure: Failure) {
        let told = self.secrets.mask_told((step, failure));
        self.state().broken.get_or_insert(told);
    }

    /// What has been noted: failed steps and why it cannot be judged.
    pub(crate) fn findings(&self) -> (Vec<FailedStep>, Option<(Option<StepRef>, Failure)>) {
        let state = self.state();
        (state.failed.clone(), state.broken.clone())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
