//! Who listens inside this process. Every listener has a bounded buffer of its own: a slow one loses
//! its own messages and delays nobody.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use server_types::WorkspaceId;
use tokio::{sync::mpsc, time::Instant};

use super::Event;

#[derive(Clone, Copy, Debug)]
pub(super) enum Scope {
    All,
    Workspace(WorkspaceId),
}

impl Scope {
    fn admits(self, event: &Event) -> bool {
        match self {
            Self::All => true,
            Self::Workspace(id) => event.workspace == Some(id),
        }
    }
}

#[derive(Clone, Debug, Default)]
pub(super) struct Hub(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    listeners: Mutex<Listeners>,
    next: AtomicU64,
}

#[derive(Debug, Default)]
struct Listeners {
    open: HashMap<u64, Listener>,
    pulses: HashMap<WorkspaceId, Felt>,
    closed: bool,
}

/// How many feel a workspace's pulse, and when it last beat.
#[derive(Debug)]
struct Felt {
    by: usize,
    last: Instant,
}

#[derive(Debug)]
struct Listener {
    scope: Scope,
    sender: mpsc::Sender<Arc<Event>>,
}

/// A place in the hub; dropping it gives the place up.
#[derive(Debug)]
pub struct Subscription {
    id: u64,
    hub: Hub,
    receiver: mpsc::Receiver<Arc<Event>>,
}

impl Subscription {
    /// The next event; `None` once the server shuts down.
    pub async fn next(&mut self) -> Option<Arc<Event>> {
        self.receiver.recv().await
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.hub.listeners().open.remove(&self.id);
    }
}

/// When something last happened in a workspace. Events wake nobody who only wants to know that: with many messages
/// on their way to one agent, each of its events would wake them all.
#[derive(Debug)]
pub struct Pulse {
    workspace: WorkspaceId,
    since: Instant,
    hub: Hub,
}

impl Pulse {
    /// When the last event came, or this was taken, if none came since.
    pub fn last(&self) -> Instant {
        self.hub.listeners().pulses.get(&self.workspace).map_or(self.since, |felt| felt.last.max(self.since))
    }
}

impl Drop for Pulse {
    fn drop(&mut self) {
        let mut listeners = self.hub.listeners();
        let Some(felt) = listeners.pulses.get_mut(&self.workspace) else { return };
        felt.by -= 1;
        if felt.by == 0 {
            listeners.pulses.remove(&self.workspace);
        }
    }
}

impl Hub {
    pub(super) fn pulse(&self, workspace: WorkspaceId) -> Pulse {
        let since = Instant::now();
        self.listeners().pulses.entry(workspace).or_insert(Felt { by: 0, last: since }).by += 1;
        Pulse { workspace, since, hub: self.clone() }
    }

    pub(super) fn subscribe(&self, scope: Scope, buffer: usize) -> Subscription {
        let id = self.0.next.fetch_add(1, Ordering::Relaxed);
        let (sender, receiver) = mpsc::channel(buffer);
        let mut listeners = self.listeners();
        if !listeners.closed {
            listeners.open.insert(id, Listener { scope, sender });
        }
        drop(listeners);
        Subscription { id, hub: self.clone(), receiver }
    }

    pub(super) fn send(&self, event: &Arc<Event>) {
        let mut listeners = self.listeners();
        if let Some(felt) = event.workspace.and_then(|id| listeners.pulses.get_mut(&id)) {
            felt.last = Instant::now();
        }
        for (id, listener) in &listeners.open {
            if listener.scope.admits(event)
                && let Err(mpsc::error::TrySendError::Full(_)) = listener.sender.try_send(event.clone())
            {
                tracing::warn!(listener = id, event = event.name.as_str(), "slow listener: event dropped");
            }
        }
    }

    pub(super) fn close(&self) {
        let mut listeners = self.listeners();
        listeners.closed = true;
        listeners.open.clear();
    }

    fn listeners(&self) -> MutexGuard<'_, Listeners> {
        self.0.listeners.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use chrono::DateTime;
    use serde_json::json;
    use server_types::EventName;

    use super::*;

    fn id(bits: u128) -> WorkspaceId {
        WorkspaceId(uuid::Uuid::from_u128(bits))
    }

    fn event(workspace: Option<WorkspaceId>, number: u32) -> Arc<Event> {
        Arc::new(Event {
            name: EventName::WorkspaceHeartbeat,
            workspace,
            timestamp: DateTime::UNIX_EPOCH,
            payload: json!(number),
        })
    }

    /// Ledger: REG-107.
    #[tokio::test]
    async fn a_stalled_listener_loses_its_own_events_and_the_others_get_all() {
        let hub = Hub::default();
        let mut stalled = hub.subscribe(Scope::All, 4);
        let mut fast = hub.subscribe(Scope::All, 4);
        for number in 0..1000 {
            hub.send(&event(Some(id(1)), number));
            assert_eq!(fast.next().await.expect("open").payload, json!(number));
        }
        for number in 0..4 {
            assert_eq!(stalled.next().await.expect("open").payload, json!(number));
        }
    }

    #[tokio::test]
    async fn a_listener_of_one_workspace_hears_that_workspace_alone() {
        let hub = Hub::default();
        let mut own = hub.subscribe(Scope::Workspace(id(1)), 8);
        hub.send(&event(Some(id(2)), 1));
        hub.send(&event(None, 2));
        hub.send(&event(Some(id(1)), 3));
        assert_eq!(own.next().await.expect("open").payload, json!(3));
    }

    #[test]
    fn a_dropped_listener_leaves_nothing_behind() {
        let hub = Hub::default();
        drop((0..100).map(|_| hub.subscribe(Scope::All, 1)).collect::<Vec<_>>());
        assert!(hub.listeners().open.is_empty());
    }

    /// Ledger: A2A-60.
    #[tokio::test(start_paused = true)]
    async fn a_pulse_beats_with_its_own_workspace_and_leaves_nothing_behind() {
        let hub = Hub::default();
        let (one, same, other) = (hub.pulse(id(1)), hub.pulse(id(1)), hub.pulse(id(2)));
        let start = Instant::now();
        tokio::time::advance(Duration::from_secs(1)).await;
        hub.send(&event(Some(id(1)), 1));
        hub.send(&event(None, 2));
        let late = hub.pulse(id(1));
        tokio::time::advance(Duration::from_secs(1)).await;
        let beat = start + Duration::from_secs(1);
        assert_eq!([&one, &same, &late, &other].map(Pulse::last), [beat, beat, beat, start]);
        drop((one, late, other));
        hub.send(&event(Some(id(1)), 3));
        assert_eq!(same.last(), Instant::now());
        drop(same);
        assert!(hub.listeners().pulses.is_empty());
    }

    #[tokio::test]
    async fn after_shutdown_every_listener_ends_and_nothing_hangs() {
        let hub = Hub::default();
        let mut before = hub.subscribe(Scope::All, 1);
        hub.close();
        assert!(before.next().await.is_none());
        assert!(hub.subscribe(Scope::All, 1).next().await.is_none());
    }
}
