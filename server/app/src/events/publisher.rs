//! Recorded events on their way to Redis: best effort, in order, never in the way of a request.

use std::{sync::Arc, time::Duration};

use server_store::Cache;
use tokio::sync::{Mutex, mpsc};

use super::Event;

/// Envelopes that may wait for Redis; more are dropped.
const QUEUE: usize = 1024;
/// Longest pause between two signs of life.
const PULSE: Duration = Duration::from_secs(30);

#[derive(Clone, Debug)]
pub(super) struct Publisher {
    sender: mpsc::Sender<String>,
    /// Behind a lock because a supervised loop may be started again.
    receiver: Arc<Mutex<mpsc::Receiver<String>>>,
}

impl Default for Publisher {
    fn default() -> Self {
        let (sender, receiver) = mpsc::channel(QUEUE);
        Self { sender, receiver: Arc::new(Mutex::new(receiver)) }
    }
}

impl Publisher {
    pub(super) fn offer(&self, event: &Event) {
        if self.sender.try_send(event.envelope()).is_err() {
            tracing::warn!(event = event.name.as_str(), "Redis publish queue is full: envelope dropped");
        }
    }

    pub(super) async fn run(&self, cache: &Cache, tick: impl Fn()) {
        let mut receiver = self.receiver.lock().await;
        loop {
            tick();
            let Ok(envelope) = tokio::time::timeout(PULSE, receiver.recv()).await else { continue };
            let Some(envelope) = envelope else { return };
            if let Err(error) = cache.publish(&envelope).await {
                tracing::warn!(%error, "Redis publish failed");
            }
        }
    }
}
