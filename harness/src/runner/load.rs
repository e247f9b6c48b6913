//! From a case's name to what the engine runs: the file read, typed and checked, all findings at once.

use std::path::Path;
use std::sync::Arc;

use harness_model::form::Form as _;
use harness_model::replay::{Replay, Row, parse_replay};
use harness_model::verdict::CaseId;
use harness_model::yaml::{self, Diagnostic, Diagnostics, Source, Style};
use serde_json::Value;

use super::case::{Case, Subject};
use super::discover::filled_judge;
use crate::project::Project;

/// A replay that is ready to run.
#[derive(Debug, Clone)]
pub struct ReplayCase {
    /// Name of the case.
    pub id: CaseId,
    /// The project's root: where `$file`, parts, programs and snapshots are looked up.
    pub project: Project,
    /// The file, for lines and carets in failures.
    pub source: Source,
    /// The replay.
    pub replay: Arc<Replay>,
    /// The row of its matrix; its names are variables.
    pub row: Row,
    /// The seed of generated values; the same seed gives the same values.
    pub seed: u64,
}

/// What a case turned out to be.
pub enum Loaded {
    /// A replay to run in a world.
    Replay(Box<ReplayCase>),
    /// A golden file, judged without a world.
    Golden {
        /// The family.
        family: String,
    },
    /// A file with errors; the text is their rendered findings.
    Wrong(String),
}

/// Loads a case.
#[must_use]
pub fn load(project: &Project, case: &Case, seed: u64) -> Loaded {
    let replay = match &case.subject {
        Subject::Golden { family } => return Loaded::Golden { family: family.clone() },
        Subject::Unreadable { findings } => return Loaded::Wrong(findings.clone()),
        Subject::Replay { row } => {
            from_file(project, &case.file).map(|(source, replay)| (source, replay, row.clone()))
        }
        Subject::Corpus { judge, name, entry } => {
            from_judge(project, judge, name, entry).map(|(source, replay)| (source, replay, Row::new()))
        }
    };
    match replay {
        Err(findings) => Loaded::Wrong(findings),
        Ok((source, replay, row)) => Loaded::Replay(Box::new(ReplayCase {
            id: case.id.clone(),
            project: project.clone(),
            source,
            replay: Arc::new(replay),
            row,
            seed,
        })),
    }
}

fn read(project: &Project, file: &Path) -> Result<Source, String> {
    let shown = project.shown(file);
    let text = std::fs::read_to_string(file).map_err(|error| format!("{shown}: {error}"))?;
    Ok(Source::new(shown, text))
}

/// A replay of its own.
fn from_file(project: &Project, file: &Path) -> Result<(Source, Replay), String> {
    let source = read(project, file)?;
    let (replay, diagnostics) = parse_replay(&source);
    sound(replay, diagnostics).map(|replay| (source, replay))
}

/// The judge of a corpus class, filled from an entry.
fn from_judge(
    project: &Project,
    judge: &Path,
    name: &str,
    entry: &Value,
) -> Result<(Source, Replay), String> {
    let source = read(project, judge)?;
    let mut diagnostics = Diagnostics::new(source.clone());
    let Some(root) = yaml::parse(&mut diagnostics) else { return Err(diagnostics.render(Style::Plain)) };
    let replay = match filled_judge(&root, name, entry) {
        Ok(filled) => Replay::read(&filled, &mut diagnostics),
        Err(errors) => {
            for (span, message) in errors {
                diagnostics.push(Diagnostic::error(span, message));
            }
            None
        }
    };
    sound(replay, diagnostics).map(|replay| (source, replay))
}

fn sound(replay: Option<Replay>, diagnostics: Diagnostics) -> Result<Replay, String> {
    match replay {
        Some(replay) if !diagnostics.has_errors() => Ok(replay),
        _ => Err(diagnostics.render(Style::Plain)),
    }
}
