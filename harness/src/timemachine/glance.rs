//! A kept run at a glance: its first and its last event, whatever lies between.

use std::fmt;
use std::io;
use std::path::Path;

use harness_model::event::{RunEvent, RunStarted, Stamped};
use harness_model::verdict::Summary;

/// What a log says of its run in two lines.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Glance {
    /// How it was asked for; absent when that cannot be read.
    pub started: Option<RunStarted>,
    /// Its counts; absent when it was cut off.
    pub summary: Option<Summary>,
}

impl Glance {
    /// Looks at a log.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn at(path: &Path) -> io::Result<Self> {
        let bytes = std::fs::read(path)?;
        let mut lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        let event = |line: &[u8]| serde_json::from_slice::<Stamped>(line).ok().map(|stamped| stamped.event);
        let started = match lines.next().and_then(event) {
            Some(RunEvent::RunStarted(started)) => Some(started),
            _ => None,
        };
        let summary = match lines.next_back().and_then(event) {
            Some(RunEvent::RunFinished { summary, .. }) => Some(summary),
            _ => None,
        };
        Ok(Glance { started, summary })
    }
}

impl fmt::Display for Glance {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(started) = &self.started {
            write!(out, "{}  {:<7}  ", started.started.format("%Y-%m-%d %H:%M:%S"), started.backend)?;
        }
        match &self.summary {
            Some(summary) => out.write_str(summary.to_string().trim_start_matches("Replay summary: ")),
            None => out.write_str("cut off: it is not green"),
        }
    }
}
