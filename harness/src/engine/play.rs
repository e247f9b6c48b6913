//! What is to be executed: one replay with one row of its matrix.

use std::path::PathBuf;
use std::sync::Arc;

use harness_model::event::RunEvent;
use harness_model::replay::{Part, Replay, Row, Witness};
use harness_model::verdict::CaseId;
use harness_model::yaml::Source;
use indexmap::IndexMap;

use super::snapshot::Update;

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
    pub parts: Parts,
    /// The root folder of the project: paths in the replay start there.
    pub root: PathBuf,
    /// The bug to bring back before the first step. Environment and compiled-in seams are the business of
    /// whoever starts the world.
    pub witness: Option<Witness>,
    /// The part that the topology demands at the end of every replay, by its path.
    pub closing: Option<String>,
    /// What becomes of a snapshot that does not match.
    pub snapshots: Update,
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
pub type Parts = IndexMap<String, Arc<LoadedPart>>;

impl Play {
    /// A replay without matrix, parts or witness, which writes new snapshots for review.
    #[must_use]
    pub fn of(case: impl Into<String>, replay: Replay, source: Source, root: impl Into<PathBuf>) -> Self {
        Self {
            case: CaseId(case.into()),
            replay: Arc::new(replay),
            source,
            row: Row::new(),
            parts: Parts::new(),
            root: root.into(),
            witness: None,
            closing: None,
            snapshots: Update::New,
        }
    }
}
