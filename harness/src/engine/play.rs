//! What is to be executed: one replay with one row of its matrix.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use harness_model::event::RunEvent;
use harness_model::replay::{Action, Part, Replay, Row, Step, Witness, parse_part};
use harness_model::verdict::CaseId;
use harness_model::yaml::{Diagnostics, Source};

/// Where the engine's events go.
pub type Sink<'a> = &'a (dyn Fn(RunEvent) + Send + Sync);

/// One replay with one row of its matrix, parsed and checked.
#[derive(Debug, Clone)]
pub struct Play {
    /// The name of the case in every event.
    pub case: CaseId,
    /// The replay.
    pub replay: Arc<Replay>,
    /// The file it was read from.
    pub source: Source,
    /// The row.
    pub row: Row,
    /// The parts that it uses, by the path it uses them under.
    pub parts: Arc<Parts>,
    /// The root folder of the project: paths in the replay start there.
    pub root: PathBuf,
    /// The bug to bring back before the first step. Environment and compiled-in seams are the business of
    /// whoever starts the world.
    pub witness: Option<Witness>,
    /// The part that the topology demands at the end of every replay, by its path.
    pub closing: Option<String>,
}

/// A part and the file it was read from.
#[derive(Debug, Clone)]
pub struct LoadedPart {
    /// The part.
    pub part: Part,
    /// Its file.
    pub source: Source,
}

/// Parts by the path they are used under.
pub type Parts = HashMap<String, LoadedPart>;

impl Play {
    /// A replay without matrix, parts or witness.
    #[must_use]
    pub fn of(case: impl Into<String>, replay: Replay, source: Source, root: impl Into<PathBuf>) -> Self {
        Self {
            case: CaseId(case.into()),
            replay: Arc::new(replay),
            source,
            row: Row::new(),
            parts: Arc::default(),
            root: root.into(),
            witness: None,
            closing: None,
        }
    }
}

/// Reads every part that the replay uses, those that they use, and the closing part of its topology.
///
/// # Errors
/// The findings of the first part that cannot be read.
pub fn load_parts(root: &Path, replay: &Replay, closing: Option<&str>) -> Result<Parts, Box<Diagnostics>> {
    let mut parts = Parts::new();
    load(root, &mut replay.all_steps(), &mut parts)?;
    if let Some(path) = closing {
        load_one(root, path, &mut parts)?;
    }
    Ok(parts)
}

fn load(
    root: &Path,
    steps: &mut dyn Iterator<Item = &Step>,
    parts: &mut Parts,
) -> Result<(), Box<Diagnostics>> {
    for step in steps {
        for (_, inner) in step.action.inner() {
            load(root, &mut inner.iter(), parts)?;
        }
        let Action::Use(call) = &step.action else { continue };
        load_one(root, &call.part, parts)?;
    }
    Ok(())
}

fn load_one(root: &Path, path: &str, parts: &mut Parts) -> Result<(), Box<Diagnostics>> {
    if parts.contains_key(path) {
        return Ok(());
    }
    let loaded = read(root, path)?;
    let steps = loaded.part.steps.clone();
    parts.insert(path.to_owned(), loaded);
    load(root, &mut steps.iter(), parts)
}

fn read(root: &Path, path: &str) -> Result<LoadedPart, Box<Diagnostics>> {
    let text = std::fs::read_to_string(root.join(path)).unwrap_or_default();
    let source = Source::new(path, text);
    match parse_part(&source) {
        (Some(part), _) => Ok(LoadedPart { part, source }),
        (None, findings) => Err(Box::new(findings)),
    }
}
