//! What the server does, by noun. Knows storage and the outside contracts, nothing of HTTP serving.
//!
//! Every verb is a method or function on [`App`]; handlers extract, call one verb, map the answer.
//!
//! | Module | Noun |
//! |---|---|
//! | [`a2a`] | messages between agents: normalising, forwarding, queueing |
//! | [`activity`] | the trace agents leave, and messages to the user |
//! | [`config`] | the table of knobs, read once |
//! | [`events`] | what happened, told to whoever listens |
//! | [`hierarchy`] | who may talk to whom |
//! | [`mcp`] | tools an agent may call |
//! | [`restart`] | stop and start, asked for by the server itself |
//! | [`overrides`] | what an agent asks for itself in its heartbeat |
//! | [`cp_refresh`] | what the control plane changes of it at boot |
//! | [`context`], [`tasks`] | clock, task tracking; supervised background tasks |
//! | [`workspaces`], [`templates`], [`runtimes`] | create, change and delete; what gives defaults |
//! | [`registry`] | agents announce themselves, beat, and ask about each other |
//! | [`provisioning`], [`backends`] | starting and stopping what runs a workspace |
//! | [`sweeps`] | background reconcilers |
//! | [`auth`], [`session`] | who is calling |
//! | [`tokens`] | minting them on request |
//! | [`url_policy`] | which agent addresses may be called |
//! | [`crypto`] | secrets at rest |
//! | [`clients`], [`metrics`] | HTTP clients, counters |

pub mod a2a;
pub mod activity;
pub mod auth;
pub mod backends;
pub mod clients;
pub mod config;
pub mod context;
pub mod cp_refresh;
pub mod crypto;
pub mod events;
pub mod hierarchy;
pub mod mcp;
pub mod metrics;
pub mod overrides;
pub mod provisioning;
pub mod redaction;
pub mod registry;
pub mod restart;
pub mod runtimes;
pub mod session;
pub mod sweeps;
pub mod tasks;
pub mod templates;
pub mod tokens;
pub mod url_policy;
pub mod workspaces;

use std::sync::Arc;

use a2a::dispatch::Dispatcher;
pub use config::Config;
pub use context::Context;
use events::Events;
use metrics::Metrics;
use overrides::Overrides;
use provisioning::Provisioning;
use registry::InboundSecrets;
use restart::Restarts;
use runtimes::Runtimes;
use server_store::Store;
use session::SessionVerifier;
use tasks::Tasks;
use templates::Templates;
use url_policy::UrlPolicy;

/// The application: cheap to clone, shared by every handler and sweep.
#[derive(Clone)]
pub struct App(Arc<Parts>);

/// What [`App`] is made of; built by one wiring function in production and in tests.
pub struct Parts {
    /// Every knob, immutable after boot.
    pub config: Config,
    /// Database and cache.
    pub store: Store,
    /// Clock, randomness, tracked tasks.
    pub context: Context,
    /// The announcer.
    pub events: Events,
    /// Activity that waits to be written.
    pub activity: activity::Pending,
    /// The client that calls agents.
    pub dispatcher: Dispatcher,
    /// Restarts that run.
    pub restarts: Restarts,
    /// What agents ask for in their heartbeats.
    pub overrides: Overrides,
    /// Counters of the edge.
    pub metrics: Metrics,
    /// Session cookies.
    pub session: SessionVerifier,
    /// Signs of life of background tasks.
    pub tasks: Tasks,
    /// Which agent addresses may be called.
    pub url_policy: UrlPolicy,
    /// The backend behind its dispatcher.
    pub provisioning: Provisioning,
    /// Read cache of the bearers shown to workspaces.
    pub inbound_secrets: InboundSecrets,
    /// Workspace templates.
    pub templates: Templates,
    /// The runtime allow-list.
    pub runtimes: Runtimes,
}

impl App {
    /// Wires the parts together.
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }
}

impl std::ops::Deref for App {
    type Target = Parts;
    fn deref(&self) -> &Parts {
        &self.0
    }
}
