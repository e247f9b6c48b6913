//! Runs that are over, by the names people type.

use std::path::PathBuf;

use harness_model::event::{RunEvent, Stamped};

use super::CliError;
use crate::project::Project;
use crate::report::{Reporter, log};
use crate::runner::runs;

/// A run that is over.
#[derive(Debug)]
pub(super) struct Past {
    /// Its log.
    pub(super) path: PathBuf,
    /// Its events.
    pub(super) events: Vec<Stamped>,
}

impl Past {
    /// Opens a run: `last`, `last~1` for the one before, a name from `.harness/runs`, or a file.
    pub(super) fn open(project: &Project, named: &str) -> Result<Self, CliError> {
        let unreadable = || CliError::io("cannot read the folder of the kept runs");
        let Some(path) = runs::find(project, named).map_err(unreadable())? else {
            let is_first = runs::kept(project).map_err(unreadable())?.is_empty();
            let fix = match is_first {
                true => "no run is kept here: run something first, harness run; a file is meant by its path",
                false => "`harness show --list` names the runs that were kept; a file is meant by its path",
            };
            return Err(CliError::usage(format!("no run is called `{named}`"), fix));
        };
        let what = format!("cannot read the log {}", project.shown(&path));
        let events = log::read(&path).map_err(CliError::io(what))?;
        Ok(Past { path, events })
    }
}

/// Tells events to reports, as the run told them. What was being done meanwhile is of no interest any more.
pub(super) fn draw(events: &[Stamped], reporters: Vec<Box<dyn Reporter>>) -> Result<(), CliError> {
    for mut reporter in reporters {
        let mut lasting = events.iter().filter(|told| !matches!(told.event, RunEvent::Progress { .. }));
        let told = lasting.try_for_each(|event| reporter.event(event));
        told.and_then(|()| reporter.finish()).map_err(CliError::io("a report could not be written"))?;
    }
    Ok(())
}
