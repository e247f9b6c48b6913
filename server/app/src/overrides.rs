//! What an agent asks for itself in its heartbeat: a silence window and capabilities.
//!
//! In memory only: a restart of the server falls back to the defaults for at most one beat. The two
//! fields are independent, setting one never disturbs the other.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use server_types::WorkspaceId;

/// Capability of an agent that keeps its own message queue.
const NATIVE_SESSION: &str = "session";

/// The overrides of every workspace; cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Overrides(Arc<Mutex<HashMap<WorkspaceId, Entry>>>);

#[derive(Debug, Default)]
struct Entry {
    idle_timeout: Option<Duration>,
    capabilities: BTreeMap<String, bool>,
}

impl Entry {
    fn is_empty(&self) -> bool {
        self.idle_timeout.is_none() && self.capabilities.is_empty()
    }
}

impl Overrides {
    /// Sets the silence window; absent, zero or negative clears it.
    pub fn set_idle_timeout(&self, id: WorkspaceId, secs: Option<i64>) {
        let window = secs.and_then(|secs| u64::try_from(secs).ok()).filter(|secs| *secs > 0);
        self.change(id, |entry| entry.idle_timeout = window.map(Duration::from_secs));
    }

    /// Replaces the capabilities; an empty map clears them.
    pub fn set_capabilities(&self, id: WorkspaceId, capabilities: BTreeMap<String, bool>) {
        self.change(id, |entry| entry.capabilities = capabilities);
    }

    /// Forgets a workspace that is gone.
    pub fn forget(&self, id: WorkspaceId) {
        self.entries().remove(&id);
    }

    /// The silence window an agent asked for.
    pub fn idle_timeout(&self, id: WorkspaceId) -> Option<Duration> {
        self.entries().get(&id)?.idle_timeout
    }

    /// Whether an agent declared a capability.
    pub fn has(&self, id: WorkspaceId, capability: &str) -> bool {
        self.entries().get(&id).and_then(|entry| entry.capabilities.get(capability)).copied().unwrap_or(false)
    }

    /// Whether an agent queues messages itself, so that the server must not.
    pub fn has_native_session(&self, id: WorkspaceId) -> bool {
        self.has(id, NATIVE_SESSION)
    }

    fn change(&self, id: WorkspaceId, edit: impl FnOnce(&mut Entry)) {
        let mut entries = self.entries();
        let entry = entries.entry(id).or_default();
        edit(entry);
        if entry.is_empty() {
            entries.remove(&id);
        }
    }

    fn entries(&self) -> MutexGuard<'_, HashMap<WorkspaceId, Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn id(number: u128) -> WorkspaceId {
        WorkspaceId(Uuid::from_u128(number))
    }

    fn session(declared: bool) -> BTreeMap<String, bool> {
        BTreeMap::from([("session".to_owned(), declared)])
    }

    /// Ledger: REG-40, A2A-61.
    #[test]
    fn absent_zero_and_negative_clear_the_window() {
        let overrides = Overrides::default();
        for cleared in [None, Some(0), Some(-5)] {
            overrides.set_idle_timeout(id(1), Some(8));
            assert_eq!(overrides.idle_timeout(id(1)), Some(Duration::from_secs(8)));
            assert_eq!(overrides.idle_timeout(id(2)), None);
            overrides.set_idle_timeout(id(1), cleared);
            assert_eq!(overrides.idle_timeout(id(1)), None, "{cleared:?}");
            assert!(overrides.entries().is_empty(), "an empty entry is dropped");
        }
    }

    #[derive(Clone, Debug)]
    enum Step {
        Idle(Option<i64>),
        Capabilities(bool),
        NoCapabilities,
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            prop::option::of(-2_i64..5).prop_map(Step::Idle),
            any::<bool>().prop_map(Step::Capabilities),
            Just(Step::NoCapabilities),
        ]
    }

    proptest! {
        /// Ledger: REG-39, A2A-62.
        #[test]
        fn the_two_fields_never_disturb_each_other(steps in prop::collection::vec(step(), 0..20)) {
            let overrides = Overrides::default();
            let (mut window, mut native) = (None, false);
            for step in steps {
                match step {
                    Step::Idle(secs) => {
                        overrides.set_idle_timeout(id(1), secs);
                        window = secs.filter(|secs| *secs > 0).map(|secs| Duration::from_secs(secs.unsigned_abs()));
                    }
                    Step::Capabilities(declared) => {
                        overrides.set_capabilities(id(1), session(declared));
                        native = declared;
                    }
                    Step::NoCapabilities => {
                        overrides.set_capabilities(id(1), BTreeMap::new());
                        native = false;
                    }
                }
                prop_assert_eq!(overrides.idle_timeout(id(1)), window);
                prop_assert_eq!(overrides.has_native_session(id(1)), native);
            }
        }
    }
}
