//! Which world: a topology, a variant, extra environment, and what the replay will disturb.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use harness_model::topology::Topology;
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

/// Connections that a replay disturbs: those of one service to another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Way {
    /// The service that is connected to.
    pub to: String,
    /// The service that connects.
    pub from: String,
}

/// Which world is wanted. Two equal specs may be served by the same prepared worlds.
#[derive(Clone, Debug)]
pub struct WorldSpec {
    /// The topology.
    pub topology: Arc<Topology>,
    /// Some of its variants; a later one is laid over an earlier one.
    pub variants: Vec<String>,
    /// Service -> variable -> value, laid over the variants; `None` unsets. Witnesses use it.
    pub env: IndexMap<String, IndexMap<String, Option<String>>>,
    /// Compiled-in bug seams to switch on: seam -> the services that open it; all that know it when empty.
    pub bugs: IndexMap<String, Vec<String>>,
    /// Services the replay pauses, cuts off or kills: these get a link of their own, so that
    /// disturbing one never reaches another world.
    pub disturbs: BTreeSet<String>,
    /// Connections the replay cuts or slows while others stay: whoever makes them reaches the service by a link of its own.
    pub ways: BTreeSet<Way>,
    /// The most that the links of disturbed services hold bytes back.
    pub latency: Duration,
}

impl WorldSpec {
    /// The default world of a topology.
    #[must_use]
    pub fn of(topology: Arc<Topology>) -> Self {
        Self {
            topology,
            variants: Vec::new(),
            env: IndexMap::new(),
            bugs: IndexMap::new(),
            disturbs: BTreeSet::new(),
            ways: BTreeSet::new(),
            latency: Duration::ZERO,
        }
    }

    /// Whether a prepared world of `other` may serve this spec.
    #[must_use]
    pub fn same_as(&self, other: &Self) -> bool {
        (Arc::ptr_eq(&self.topology, &other.topology) || self.topology == other.topology)
            && self.variants == other.variants
            && self.env == other.env
            && self.bugs == other.bugs
            && self.disturbs == other.disturbs
            && self.ways == other.ways
            && self.latency == other.latency
    }
}
