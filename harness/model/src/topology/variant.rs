//! What differs from the default topology: environment, or a further service.

use indexmap::IndexMap;

use super::service::{EnvValue, ServiceSpec};

/// A named difference.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Variant {
    /// Service -> variables laid over its environment.
    pub env: IndexMap<String, IndexMap<String, EnvValue>>,
    /// Services that exist only in this variant.
    pub services: IndexMap<String, ServiceSpec>,
}
