//! From a case's name to what the engine runs: every file read, typed and checked, all findings at once.
//!
//! [`Loader`] reads topologies and parts once per process and checks each replay against them. Nothing is
//! started for a replay whose files have errors.

mod cache;

use std::path::Path;
use std::sync::Arc;

use harness_model::check::{Surroundings, check_replay};
use harness_model::form::Form as _;
use harness_model::replay::{Part, Replay, Row, parse_replay};
use harness_model::topology::Topology;
use harness_model::verdict::CaseId;
use harness_model::yaml::{self, Diagnostic, Diagnostics, Severity, Source, Style};
use indexmap::IndexMap;
use serde_json::Value;

pub use cache::Loader;

use crate::engine::LoadedPart;

use super::case::{Case, Subject};
use super::discover::filled_judge;
use super::stages::DEFAULT_TOPOLOGY;
use crate::project::Project;

/// A replay that is ready to run.
#[derive(Debug, Clone)]
pub struct Ready {
    /// Name of the case.
    pub id: CaseId,
    /// The file, for lines and carets in failures.
    pub source: Source,
    /// The replay.
    pub replay: Arc<Replay>,
    /// The row of its matrix; its names are variables.
    pub row: Row,
    /// The topology its world is an instance of.
    pub topology: Arc<Topology>,
    /// The parts it uses, and those that they use, by path.
    pub parts: IndexMap<String, Arc<LoadedPart>>,
}

/// What a case turned out to be.
pub enum Loaded {
    /// A replay to run in a world.
    Replay(Box<Ready>),
    /// A golden file, judged without a world.
    Golden {
        /// The family.
        family: String,
    },
    /// Files with errors; the text is their rendered findings.
    Wrong(String),
}

/// A replay and everything found in its files.
pub struct Checked {
    /// The replay, when its own file could be read.
    pub replay: Option<Replay>,
    /// Its topology, when that could be read.
    pub topology: Option<Arc<Topology>>,
    /// Its parts, when all could be read.
    pub parts: IndexMap<String, Arc<LoadedPart>>,
    /// What was found in its file.
    pub diagnostics: Diagnostics,
    /// What is wrong with the files it refers to, rendered.
    pub elsewhere: Vec<String>,
}

impl Checked {
    fn is_sound(&self) -> bool {
        !self.diagnostics.has_errors() && self.elsewhere.is_empty()
    }

    fn findings(&self) -> String {
        // What only the lint refuses would hide why the case cannot run.
        let mut errors = Diagnostics::new(self.diagnostics.source().clone());
        let all = self.diagnostics.sorted().into_iter();
        all.filter(|found| found.severity == Severity::Error).for_each(|found| errors.push(found.clone()));
        let own = errors.render(Style::Plain);
        std::iter::once(own)
            .chain(self.elsewhere.iter().cloned())
            .collect::<Vec<_>>()
            .join("\n")
            .trim()
            .to_owned()
    }
}

impl Loader {
    /// Loads a case.
    #[must_use]
    pub fn load(&self, case: &Case) -> Loaded {
        let (source, checked, row) = match &case.subject {
            Subject::Golden { family } => return Loaded::Golden { family: family.clone() },
            Subject::Unreadable { findings } => return Loaded::Wrong(findings.clone()),
            Subject::Replay { row } => match read(self.project(), &case.file) {
                Ok(source) => (source.clone(), self.check_file(source), row.clone()),
                Err(finding) => return Loaded::Wrong(finding),
            },
            Subject::Corpus { judge, name, entry } => match read(self.project(), judge) {
                Ok(source) => (source.clone(), self.check_judge(source, name, entry), Row::new()),
                Err(finding) => return Loaded::Wrong(finding),
            },
        };
        ready(case, source, checked, row)
    }

    /// Reads and checks a replay's file.
    #[must_use]
    pub fn check_file(&self, source: Source) -> Checked {
        let (replay, diagnostics) = parse_replay(&source);
        self.check(replay, diagnostics)
    }

    /// Reads the judge of a corpus class, fills its holes from an entry, and checks it.
    #[must_use]
    pub fn check_judge(&self, source: Source, name: &str, entry: &Value) -> Checked {
        let mut diagnostics = Diagnostics::recovering(source);
        let root = yaml::parse(&mut diagnostics);
        let filled = root.and_then(|root| match filled_judge(&root, name, entry) {
            Ok(filled) => Some(filled),
            Err(errors) => {
                errors
                    .into_iter()
                    .for_each(|(span, message)| diagnostics.push(Diagnostic::error(span, message)));
                None
            }
        });
        let replay = filled.and_then(|filled| Replay::read(&filled, &mut diagnostics));
        self.check(replay, diagnostics)
    }

    fn check(&self, replay: Option<Replay>, mut diagnostics: Diagnostics) -> Checked {
        let Some(replay) = replay else {
            let (parts, elsewhere) = (IndexMap::new(), Vec::new());
            return Checked { replay: None, topology: None, parts, diagnostics, elsewhere };
        };
        let (mut elsewhere, mut wrong_parts) = (Vec::new(), Vec::new());
        let topology = self.topology(replay.topology.as_deref().unwrap_or(DEFAULT_TOPOLOGY));
        let topology = topology.map_err(|findings| elsewhere.push(findings)).ok();
        let parts = self.parts_of(&replay, topology.as_deref(), &mut wrong_parts);
        let forms: IndexMap<String, Part> =
            parts.iter().map(|(path, loaded)| (path.clone(), loaded.part.clone())).collect();
        let known = wrong_parts.is_empty().then_some(&forms);
        elsewhere.extend(wrong_parts);
        let around = Surroundings { topology: topology.as_deref(), parts: known };
        check_replay(&replay, around, &mut diagnostics);
        Checked { replay: Some(replay), topology, parts, diagnostics, elsewhere }
    }
}

fn ready(case: &Case, source: Source, checked: Checked, row: Row) -> Loaded {
    if !checked.is_sound() {
        return Loaded::Wrong(checked.findings());
    }
    match (checked.replay, checked.topology) {
        (Some(replay), Some(topology)) => Loaded::Replay(Box::new(Ready {
            id: case.id.clone(),
            source,
            replay: Arc::new(replay),
            row,
            topology,
            parts: checked.parts,
        })),
        _ => Loaded::Wrong(format!("{} holds no replay", source.path())),
    }
}

/// A file of the project as a source; the error names the file.
///
/// # Errors
/// When it cannot be read.
pub fn read(project: &Project, file: &Path) -> Result<Source, String> {
    let shown = project.shown(file);
    let text = std::fs::read_to_string(file).map_err(|error| format!("{shown}: {error}"))?;
    Ok(Source::new(shown, text))
}

#[cfg(test)]
mod tests;
