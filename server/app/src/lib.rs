//! What the server does, by noun. Knows storage and the outside contracts, nothing of HTTP serving.
//!
//! Every verb is a method or function on [`App`]; handlers extract, call one verb, map the answer.
//!
//! | Module | Noun |
//! |---|---|
//! | [`a2a`] | messages between agents: normalising, forwarding, queueing |
//! | [`config`] | the table of knobs, read once |
//! | [`context`] | clock, randomness, task tracking |
//! | [`events`] | what happened, told to whoever listens |
//! | [`hierarchy`] | who may talk to whom |

pub mod a2a;
pub mod config;
pub mod context;
pub mod events;
pub mod hierarchy;

use std::sync::Arc;

pub use config::Config;
pub use context::Context;
use events::Events;
use server_store::Store;

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
