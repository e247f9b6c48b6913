//! Why a step could not be judged: not the server's answer, but no way to get one.

use harness_model::template::RenderError;
use thiserror::Error;

use super::control::ControlError;
use super::program::ProgramError;
use super::snapshot::SnapshotError;
use super::sql::SqlError;
use crate::world::WorldError;

/// Why a step could not be judged. Its text may hold secrets: it is masked when it is reported.
#[derive(Debug, Error)]
#[error("{message}")]
pub(crate) struct Trouble {
    /// One sentence.
    pub(crate) message: String,
    /// What the reader can do about it.
    pub(crate) help: Option<String>,
}

impl Trouble {
    /// Trouble of which only a sentence is known.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), help: None }
    }

    /// With advice.
    #[must_use]
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

macro_rules! from {
    ($($error:ty),*) => { $(
        impl From<$error> for Trouble {
            fn from(error: $error) -> Self {
                Self::new(error.to_string())
            }
        }
    )* };
}
from!(RenderError, ControlError, ProgramError, SnapshotError, SqlError, WorldError);

impl Trouble {
    /// As a report shows it.
    #[must_use]
    pub(crate) fn into_failure(self) -> harness_model::event::Failure {
        harness_model::event::Failure { help: self.help, ..harness_model::event::Failure::new(self.message) }
    }
}
