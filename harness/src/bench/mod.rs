//! The budgets, measured: ours beside a peer in one run, as medians and ratios.
//!
//! A figure without a neighbour says more about the machine than about the program, so every [`Line`] is
//! measured in turns with its peer and told as a ratio. [`site`] is the server that is asked, [`scratch`] a
//! project and a peer's file for it, [`lines`] one file per measured thing, [`table`] the result as text.
//! Nothing here is a test: a loaded machine must not turn a build red.

pub mod lines;
pub mod sample;
pub mod scratch;
pub mod site;
pub mod table;

use std::path::PathBuf;

use thiserror::Error;

pub use lines::Line;

use crate::project::Project;
use crate::world::WorldError;
use sample::Samples;

/// A line with its figures.
#[derive(Debug, Clone)]
pub struct Measured {
    /// What was measured.
    pub line: Line,
    /// Ours.
    pub ours: Samples,
    /// Whoever does the same, by name.
    pub peer: Peer,
}

/// Whoever does the same.
#[derive(Debug, Clone)]
pub enum Peer {
    /// Measured in turns with ours.
    Beside(&'static str, Samples),
    /// Not on this machine, with the way to get it.
    Missing(&'static str),
    /// Nobody does the same, and why.
    None(&'static str),
}

/// How a bench is run.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The project whose worlds and files are measured.
    pub project: Project,
    /// The harness program that is measured.
    pub program: PathBuf,
    /// Turns per line; medians are of these.
    pub rounds: usize,
}

/// Why a line has no figures.
#[derive(Debug, Error)]
pub enum BenchError {
    /// A file or a process could not be had.
    #[error("cannot {what}")]
    Io {
        /// What was tried.
        what: &'static str,
        /// Why it failed.
        #[source]
        source: std::io::Error,
    },
    /// A measured program did not do its work: its time means nothing.
    #[error("{program} did not succeed, so its time means nothing:\n{output}")]
    Red {
        /// The program.
        program: String,
        /// What it printed.
        output: String,
    },
    /// No world.
    #[error(transparent)]
    World(#[from] WorldError),
    /// The project's own files have errors.
    #[error("{0}")]
    Files(String),
}

impl Measured {
    /// The word that chooses its line.
    #[must_use]
    pub fn name(&self) -> String {
        use clap::ValueEnum as _;
        self.line.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }
}

impl BenchError {
    fn red(program: &str, output: String) -> Self {
        Self::Red { program: program.to_owned(), output }
    }

    fn io(what: &'static str) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Self::Io { what, source }
    }
}
