//! What the server does, by noun. Knows storage and the outside contracts, nothing of HTTP serving.
//!
//! Every verb is a method or function on [`App`]; handlers extract, call one verb, map the answer.
//!
//! | Module | Noun |
//! |---|---|
//! | [`a2a`] | messages between agents: normalising, forwarding, queueing |
//! | [`config`] | the table of knobs, read once |
//! | [`context`] | clock, randomness, task tracking |

pub mod a2a;
pub mod config;
pub mod context;

use std::sync::Arc;

pub use config::Config;
pub use context::Context;
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
