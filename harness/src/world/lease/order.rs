//! What the host is told at start, and what it says until it is ready.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use harness_model::topology::Topology;
use harness_model::yaml::Source;
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::world::{Backend, Class, Events, Options, Progress, Way, WorldError, WorldSpec};

/// Which world: a spec that can be written down.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SpecState {
    topology_path: String,
    /// The topology's text as it was when the world was asked for.
    topology_text: String,
    variants: Vec<String>,
    env: IndexMap<String, IndexMap<String, Option<String>>>,
    bugs: IndexMap<String, Vec<String>>,
    disturbs: BTreeSet<String>,
    ways: BTreeSet<Way>,
}

/// Which world the host makes, and how.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Order {
    backend: String,
    root: PathBuf,
    cache: PathBuf,
    keeper: PathBuf,
    bin_dir: Option<PathBuf>,
    rebuild: bool,
    no_build: bool,
    ready_within_ms: u64,
    pub(super) spec: SpecState,
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
            backend: options.backend.word().to_owned(),
            root: options.root.clone(),
            cache: options.cache.clone(),
            keeper: options.keeper.clone(),
            bin_dir: options.bin_dir.clone(),
            rebuild: options.rebuild,
            no_build: options.no_build,
            ready_within_ms: u64::try_from(options.ready_within.as_millis()).unwrap_or(u64::MAX),
            spec: SpecState::of(source, spec),
        }
    }

    pub(super) fn options(&self, progress: Progress) -> Options {
        Options {
            backend: Backend::from_word(&self.backend).unwrap_or(Backend::Process),
            root: self.root.clone(),
            cache: self.cache.clone(),
            keeper: self.keeper.clone(),
            bin_dir: self.bin_dir.clone(),
            keep_up: false,
            fixed_addresses: true,
            rebuild: self.rebuild,
            no_build: self.no_build,
            ready_within: Duration::from_millis(self.ready_within_ms),
            progress,
            events: Events::silent(),
        }
    }
}

impl SpecState {
    /// A spec, with the text of its topology.
    #[must_use]
    pub fn of(source: &Source, spec: &WorldSpec) -> Self {
        Self {
            topology_path: source.path().to_owned(),
            topology_text: source.text().to_owned(),
            variants: spec.variants.clone(),
            env: spec.env.clone(),
            bugs: spec.bugs.clone(),
            disturbs: spec.disturbs.clone(),
            ways: spec.ways.clone(),
        }
    }

    pub(super) fn spec(&self) -> Result<WorldSpec, WorldError> {
        let (topology, diagnostics) =
            Topology::read(Source::new(self.topology_path.as_str(), self.topology_text.as_str()));
        let topology = topology.ok_or_else(|| WorldError::Usage(diagnostics.lines().join("\n")))?;
        Ok(WorldSpec {
            variants: self.variants.clone(),
            env: self.env.clone(),
            bugs: self.bugs.clone(),
            disturbs: self.disturbs.clone(),
            ways: self.ways.clone(),
            ..WorldSpec::of(Arc::new(topology))
        })
    }

    /// The topology's file, as it was named.
    pub(super) fn topology_path(&self) -> &str {
        &self.topology_path
    }

    /// Whether its file still says the same.
    pub(super) fn is_of(&self, text: &str) -> bool {
        self.topology_text == text
    }
}
