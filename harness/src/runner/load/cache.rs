//! Files that many replays refer to, read once per process.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use harness_model::check::{Surroundings, check_part};
use harness_model::replay::{Action, Replay, Step, parse_part};
use harness_model::topology::Topology;
use harness_model::yaml::Style;
use indexmap::IndexMap;

use super::read;
use crate::engine::LoadedPart;
use crate::project::Project;
use crate::runner::stages::NO_TOPOLOGY;

type Cache<T> = Mutex<HashMap<String, Result<Arc<T>, String>>>;

/// Reads what cases need.
pub struct Loader {
    project: Project,
    topologies: Cache<Topology>,
    parts: Cache<LoadedPart>,
}

impl Loader {
    /// A loader that has read nothing yet.
    #[must_use]
    pub fn new(project: Project) -> Self {
        Loader { project, topologies: Mutex::default(), parts: Mutex::default() }
    }

    /// The project.
    #[must_use]
    pub fn project(&self) -> &Project {
        &self.project
    }

    /// A topology by name.
    ///
    /// # Errors
    /// The rendered findings, the same for everyone who asks.
    pub fn topology(&self, name: &str) -> Result<Arc<Topology>, String> {
        once(&self.topologies, name, || {
            if name == NO_TOPOLOGY {
                return Ok(Topology { name: name.to_owned(), ..Topology::default() });
            }
            let source = read(&self.project, &self.project.topologies().join(format!("{name}.yaml")))?;
            let (topology, diagnostics) = Topology::read(source);
            topology.ok_or_else(|| diagnostics.render(Style::Plain))
        })
    }

    /// A part by its path from the root.
    ///
    /// # Errors
    /// The rendered findings, the same for everyone who asks.
    pub fn part(&self, path: &str) -> Result<Arc<LoadedPart>, String> {
        once(&self.parts, path, || {
            let source = read(&self.project, &self.project.root().join(Path::new(path)))?;
            let (part, mut diagnostics) = parse_part(&source);
            let part = part.ok_or_else(|| diagnostics.render(Style::Plain))?;
            check_part(&part, Surroundings::default(), &mut diagnostics);
            if diagnostics.has_errors() {
                return Err(diagnostics.render(Style::Plain));
            }
            Ok(LoadedPart { part, source })
        })
    }

    /// Every part that a replay uses, those that they use, and the topology's closing one; what cannot be read lands in `findings`.
    pub(crate) fn parts_of(
        &self,
        replay: &Replay,
        topology: Option<&Topology>,
        findings: &mut Vec<String>,
    ) -> IndexMap<String, Arc<LoadedPart>> {
        let mut parts = IndexMap::new();
        self.collect(replay.all_steps(), &mut parts, findings);
        let closing = topology.and_then(|topology| topology.closing.as_deref());
        self.collect_paths(closing.into_iter().collect(), &mut parts, findings);
        parts
    }

    fn collect<'a>(
        &self,
        steps: impl Iterator<Item = &'a Step>,
        parts: &mut IndexMap<String, Arc<LoadedPart>>,
        findings: &mut Vec<String>,
    ) {
        let mut paths = Vec::new();
        steps.for_each(|step| paths_of(step, &mut paths));
        self.collect_paths(paths, parts, findings);
    }

    fn collect_paths(
        &self,
        paths: Vec<&str>,
        parts: &mut IndexMap<String, Arc<LoadedPart>>,
        findings: &mut Vec<String>,
    ) {
        for path in paths {
            if parts.contains_key(path) {
                continue;
            }
            match self.part(path) {
                Ok(loaded) => {
                    parts.insert(path.to_owned(), Arc::clone(&loaded));
                    self.collect(loaded.part.steps.iter(), parts, findings);
                }
                Err(finding) => findings.push(finding),
            }
        }
    }
}

fn paths_of<'a>(step: &'a Step, paths: &mut Vec<&'a str>) {
    if let Action::Use(used) = &step.action {
        paths.push(&used.part);
    }
    for (_, steps) in step.action.inner() {
        steps.iter().for_each(|step| paths_of(step, paths));
    }
}

fn once<T>(cache: &Cache<T>, key: &str, read: impl FnOnce() -> Result<T, String>) -> Result<Arc<T>, String> {
    let mut cache = cache.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = cache.get(key) {
        return known.clone();
    }
    let read = read().map(Arc::new);
    cache.insert(key.to_owned(), read.clone());
    read
}
