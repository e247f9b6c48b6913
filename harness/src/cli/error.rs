//! Why a command could not do its work, with the fix where there is one, and the exit code it earns.

use harness_model::verdict::Exit;
use miette::Diagnostic;
use thiserror::Error;

use crate::project::NoProject;
use crate::world::{Class, WorldError};

/// Why a command could not do its work.
#[derive(Debug, Error, Diagnostic)]
pub enum CliError {
    /// No project here.
    #[error(transparent)]
    #[diagnostic(help("change into the project's folder, or name it with --project DIR"))]
    NoProject(#[from] NoProject),
    /// Asked for something that makes no sense.
    #[error("{what}")]
    #[diagnostic(help("{fix}"))]
    Usage {
        /// What is wrong.
        what: String,
        /// What to write instead.
        fix: String,
    },
    /// Files of the project have errors; the text is their rendered diagnostics.
    #[error("{what}\n\n{findings}")]
    Files {
        /// Which files.
        what: String,
        /// Every finding with its place.
        findings: String,
    },
    /// The world's own errors say their fix.
    #[error(transparent)]
    World(#[from] WorldError),
    /// A file could not be read or written.
    #[error("{what}")]
    Io {
        /// What was tried.
        what: String,
        /// Why it failed.
        #[source]
        source: std::io::Error,
    },
}

impl CliError {
    /// A usage error with its fix.
    pub fn usage(what: impl Into<String>, fix: impl Into<String>) -> Self {
        CliError::Usage { what: what.into(), fix: fix.into() }
    }

    /// Wraps an input or output error with what was tried.
    pub fn io(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let what = what.into();
        move |source| CliError::Io { what, source }
    }

    /// The exit code it earns.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            CliError::NoProject(_) | CliError::Usage { .. } | CliError::Files { .. } => Exit::Usage,
            CliError::World(error) => world(error),
            CliError::Io { .. } => Exit::Red,
        }
    }
}

fn world(error: &WorldError) -> Exit {
    match error.class() {
        Class::Usage | Class::Setup => Exit::Usage,
        Class::Unready => Exit::Unhealthy,
        Class::Leftover => Exit::Leftovers,
        Class::Internal => Exit::Red,
    }
}
