//! What the host is told at start, and what it says until it is ready.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use harness_model::topology::Topology;
use harness_model::yaml::Source;
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::world::{BackendKind, Class, Options, Progress, WorldError, WorldSpec};

/// Which world the host makes, and how.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Order {
    root: PathBuf,
    cache: PathBuf,
    keeper: PathBuf,
    bin_dir: Option<PathBuf>,
    rebuild: bool,
    ready_within_ms: u64,
    pub(super) topology_path: String,
    pub(super) topology_text: String,
    variants: Vec<String>,
    env: IndexMap<String, IndexMap<String, Option<String>>>,
    bugs: Vec<String>,
    disturbs: BTreeSet<String>,
}

/// What the host says, one JSON object per line.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Word {
    /// What it is doing.
    Progress(String),
    /// The world is up and the state file is written.
    Ready,
    /// There will be no world.
    Failed { class: Class, text: String },
}

impl Order {
    pub(super) fn new(options: &Options, source: &Source, spec: &WorldSpec) -> Self {
        Self {
            root: options.root.clone(),
            cache: options.cache.clone(),
            keeper: options.keeper.clone(),
            bin_dir: options.bin_dir.clone(),
            rebuild: options.rebuild,
            ready_within_ms: u64::try_from(options.ready_within.as_millis()).unwrap_or(u64::MAX),
            topology_path: source.path().to_owned(),
            topology_text: source.text().to_owned(),
            variants: spec.variants.clone(),
            env: spec.env.clone(),
            bugs: spec.bugs.clone(),
            disturbs: spec.disturbs.clone(),
        }
    }

    pub(super) fn options(&self, progress: Progress) -> Options {
        Options {
            backend: BackendKind::Process,
            root: self.root.clone(),
            cache: self.cache.clone(),
            keeper: self.keeper.clone(),
            bin_dir: self.bin_dir.clone(),
            keep_up: false,
            fixed_addresses: true,
            rebuild: self.rebuild,
            ready_within: Duration::from_millis(self.ready_within_ms),
            progress,
        }
    }

    pub(super) fn spec(&self) -> Result<WorldSpec, WorldError> {
        let topology = topology(&self.topology_path, &self.topology_text)?;
        let mut spec = WorldSpec::of(topology);
        spec.variants.clone_from(&self.variants);
        spec.env.clone_from(&self.env);
        spec.bugs.clone_from(&self.bugs);
        spec.disturbs.clone_from(&self.disturbs);
        Ok(spec)
    }
}

/// A topology from its text.
pub(super) fn topology(path: &str, text: &str) -> Result<Arc<Topology>, WorldError> {
    let (topology, diagnostics) = Topology::read(Source::new(path, text));
    topology.map(Arc::new).ok_or_else(|| WorldError::Usage(diagnostics.lines().join("\n")))
}
