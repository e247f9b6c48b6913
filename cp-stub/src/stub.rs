//! The running stub: settings, state and the client that talks to the agent host.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::{config::Config, state::State};

/// A cheap handle to one stub.
#[derive(Clone)]
pub struct Stub(Arc<Inner>);

struct Inner {
    config: Config,
    state: Mutex<State>,
    http: reqwest::Client,
}

impl Stub {
    /// A stub that knows the configured orgs and has seen no call.
    #[must_use]
    pub fn new(config: Config) -> Self {
        let state = Mutex::new(State::new(&config));
        Self(Arc::new(Inner { config, state, http: reqwest::Client::new() }))
    }

    pub(crate) fn config(&self) -> &Config {
        &self.0.config
    }

    pub(crate) fn http(&self) -> &reqwest::Client {
        &self.0.http
    }

    /// The state. A panic elsewhere must not take the stub down, so poison is ignored: every
    /// change under the lock is complete on its own.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
