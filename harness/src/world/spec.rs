//! Which world: a topology, a variant, extra environment, and what the replay will disturb.

use std::collections::BTreeSet;
use std::sync::Arc;

use harness_model::topology::Topology;
use indexmap::IndexMap;

/// Which world is wanted. Two equal specs may be served by the same prepared worlds.
#[derive(Clone, Debug)]
pub struct WorldSpec {
    /// The topology.
    pub topology: Arc<Topology>,
    /// Some of its variants; a later one is laid over an earlier one.
    pub variants: Vec<String>,
    /// Service -> variable -> value, laid over the variants; `None` unsets. Witnesses use it.
    pub env: IndexMap<String, IndexMap<String, Option<String>>>,
    /// Names of compiled-in bug seams to switch on.
    pub bugs: Vec<String>,
    /// Services the replay pauses, cuts off or kills: these get a link of their own, so that
    /// disturbing one never reaches another world.
    pub disturbs: BTreeSet<String>,
}

impl WorldSpec {
    /// The default world of a topology.
    #[must_use]
    pub fn of(topology: Arc<Topology>) -> Self {
        Self {
            topology,
            variants: Vec::new(),
            env: IndexMap::new(),
            bugs: Vec::new(),
            disturbs: BTreeSet::new(),
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
    }
}
