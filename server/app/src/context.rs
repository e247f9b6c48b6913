//! The ambient things, made explicit: time, chance and background work.

use chrono::{DateTime, Utc};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// Clock, task tracking and the stop signal; the only source of each inside `app`.
#[derive(Clone, Debug, Default)]
pub struct Context {
    /// Detached work that must outlive the request that started it.
    pub tasks: TaskTracker,
    /// Raised once at shutdown; every loop honours it.
    pub stop: CancellationToken,
}

impl Context {
    /// The current time.
    pub fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }

    /// A fresh random id.
    pub fn new_id(&self) -> uuid::Uuid {
        uuid::Uuid::new_v4()
    }

    /// Runs work detached from the caller; shutdown waits for it.
    pub fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn(work);
    }
}
