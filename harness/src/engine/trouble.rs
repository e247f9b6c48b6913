//! Why a step could not be judged: not the server's answer, but no way to get one.

use harness_model::template::RenderError;

use super::control::ControlError;
use super::program::ProgramError;
use super::redis::RedisFailure;
use super::snapshot::SnapshotError;
use super::sql::SqlError;
use crate::world::WorldError;

/// Why a step could not be judged. Its text may hold secrets: it is masked when it is reported.
#[derive(Debug)]
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

/// What to do about a server of the world that is not there any more.
const GONE: &str =
    "see whether an earlier step has killed it or cut it off: `service: { heal: … }` undoes that";

impl Trouble {
    /// Trouble with a database, by the name that the step uses.
    pub(crate) fn of_database(on: &str) -> impl FnOnce(SqlError) -> Self {
        move |error| match error {
            SqlError::Unreachable(_) => Self::new(format!("`{on}`: {error}")).help(GONE),
            SqlError::Timeout(_) => Self::new(format!("`{on}`: {error}")),
            SqlError::Argument(_) | SqlError::Column(_) => Self::new(error.to_string()),
        }
    }

    /// Trouble with a Redis.
    pub(crate) fn of_redis(on: &str) -> impl FnOnce(RedisFailure) -> Self {
        move |error| match error {
            RedisFailure::Unreachable(_) => Self::new(format!("`{on}`: {error}")).help(GONE),
            RedisFailure::Timeout(_) => Self::new(format!("`{on}`: {error}")),
        }
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
from!(RenderError, ControlError, ProgramError, SnapshotError, WorldError);

impl Trouble {
    /// As a report shows it.
    #[must_use]
    pub(crate) fn into_failure(self) -> harness_model::event::Failure {
        harness_model::event::Failure { help: self.help, ..harness_model::event::Failure::new(self.message) }
    }
}
