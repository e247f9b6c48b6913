//! Why a world could not be made or used.
//!
//! Each error says what went wrong and, where there is one, the fix; [`Class`] is what exit codes
//! and verdicts are made from.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::secrets::Secrets;

/// What a caller does about an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Class {
    /// A wrong name or value: exit code 2.
    Usage,
    /// A missing prerequisite, a stale or unbuildable program: exit code 2.
    Setup,
    /// A service was not ready in time: exit code 3.
    Unready,
    /// Something stayed behind after teardown: exit code 4.
    Leftover,
    /// The harness itself failed: the replay is broken.
    Internal,
}

/// Why a world could not be made or used.
#[derive(Debug, Error)]
pub enum WorldError {
    /// A name that the topology does not have.
    #[error("unknown {kind} `{name}`{}", hint(suggestion.as_deref(), known))]
    Unknown {
        /// What was looked for, such as `service` or `identity`.
        kind: &'static str,
        /// The name given.
        name: String,
        /// The nearest name that exists.
        suggestion: Option<String>,
        /// The names that exist.
        known: Vec<String>,
    },
    /// A wrong argument or option.
    #[error("{0}")]
    Usage(String),
    /// Something the machine lacks.
    #[error("{what}\n  fix: {fix}")]
    Prerequisite {
        /// What is missing.
        what: String,
        /// How to get it.
        fix: String,
    },
    /// A program differs from the working tree.
    #[error("`{program}` is stale: it was built from {built}, the working tree is {tree}\n  fix: {fix}")]
    Stale {
        /// The program.
        program: String,
        /// The digest the program reports.
        built: String,
        /// The digest of the working tree.
        tree: String,
        /// How to rebuild it.
        fix: String,
    },
    /// A build failed.
    #[error("building {what} failed\n{output}")]
    Build {
        /// What was built.
        what: String,
        /// The compiler's last lines.
        output: String,
    },
    /// A service did not become ready.
    #[error("`{service}` was not ready within {within:?}: waiting for {condition}\n{log}\n  fix: {fix}")]
    Unready {
        /// The service.
        service: String,
        /// The condition that did not hold.
        condition: String,
        /// How long it was given.
        within: Duration,
        /// Its last log lines.
        log: String,
        /// What to look at.
        fix: String,
    },
    /// A service ended while it was needed.
    #[error("`{service}` ended with {status} before {condition}\n{log}\n  fix: {fix}")]
    Ended {
        /// The service.
        service: String,
        /// How it ended.
        status: String,
        /// The condition it was starting for.
        condition: String,
        /// Its last log lines.
        log: String,
        /// What to look at.
        fix: String,
    },
    /// A lookup got no value.
    #[error("lookup `{name}` failed: {reason}")]
    Lookup {
        /// The lookup.
        name: String,
        /// What it got instead.
        reason: String,
    },
    /// The operation needs something this backend or machine lacks.
    #[error("not available here: {0}")]
    Unsupported(String),
    /// The process that was to hold a world could not.
    #[error("{text}")]
    Host {
        /// What to do about it.
        class: Class,
        /// What it said.
        text: String,
    },
    /// Something is left after teardown.
    #[error("left after teardown: {}", .0.join(", "))]
    Leftover(Vec<String>),
    /// An input or output error.
    #[error("cannot {what}")]
    Io {
        /// What was tried.
        what: String,
        /// Why it failed.
        #[source]
        source: std::io::Error,
    },
    /// A database error.
    #[error("cannot {what}: {reason}\n  fix: {fix}", fix = NEW_CLUSTERS)]
    Database {
        /// What was tried.
        what: String,
        /// Why it failed.
        reason: String,
    },
}

impl WorldError {
    /// What a caller does about it.
    #[must_use]
    pub fn class(&self) -> Class {
        match self {
            Self::Unknown { .. } | Self::Usage(_) => Class::Usage,
            Self::Prerequisite { .. } | Self::Stale { .. } | Self::Build { .. } | Self::Unsupported(_) => {
                Class::Setup
            }
            Self::Unready { .. } | Self::Ended { .. } => Class::Unready,
            Self::Leftover(_) => Class::Leftover,
            Self::Host { class, .. } => *class,
            Self::Lookup { .. } | Self::Io { .. } | Self::Database { .. } => Class::Internal,
        }
    }

    /// The same without its world's secrets: a service that does not come up may log what it was given.
    pub(crate) fn without(mut self, secrets: &Secrets) -> Self {
        if let Self::Unready { log, .. } | Self::Ended { log, .. } = &mut self {
            *log = secrets.mask(log).into_owned();
        }
        self
    }

    /// Wraps an input or output error with what was tried.
    pub(crate) fn io(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let what = what.into();
        move |source| Self::Io { what, source }
    }

    /// Wraps an error of a cluster with what was tried.
    pub(crate) fn database(what: impl Into<String>) -> impl FnOnce(sqlx::Error) -> Self {
        let what = what.into();
        move |error| Self::Database { what, reason: database_reason(&error) }
    }

    /// An unknown name, with the nearest known one.
    pub(crate) fn unknown<'a>(
        kind: &'static str,
        name: &str,
        known: impl IntoIterator<Item = &'a String>,
    ) -> Self {
        let known: Vec<_> = known.into_iter().cloned().collect();
        let suggestion = known
            .iter()
            .map(|candidate| (strsim::damerau_levenshtein(name, candidate), candidate))
            .filter(|(distance, candidate)| *distance <= candidate.len().max(name.len()) / 3 + 1)
            .min()
            .map(|(_, candidate)| candidate.clone());
        Self::Unknown { kind, name: name.to_owned(), suggestion, known }
    }
}

/// What brings back a cluster that something has harmed.
pub(crate) const NEW_CLUSTERS: &str =
    "harness down --all, then run once with REBUILD=1: the clusters are made anew";

/// Why a database gave no answer, in its own words: neither where its source says so nor that it was a database.
pub(crate) fn database_reason(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Database(refusal) => refusal.message().to_owned(),
        sqlx::Error::Io(error) => error.to_string(),
        other => other.to_string(),
    }
}

fn hint(suggestion: Option<&str>, known: &[String]) -> String {
    match suggestion {
        Some(name) => format!(", did you mean `{name}`?"),
        None if known.is_empty() => "; this world has none".to_owned(),
        None => format!("; this world has {}", known.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::Looked;

    #[test]
    fn the_log_of_a_service_that_does_not_come_up_holds_no_secret_of_its_environment() {
        let environment = [("TOKEN".to_owned(), Looked::Secret("hunter2hunter2".into()))];
        let secrets = Secrets::default();
        secrets.add_environment("tenant", &environment.into_iter().collect());
        let error = WorldError::Ended {
            service: "tenant".into(),
            status: "exit code 1".into(),
            condition: "ready".into(),
            log: "invalid TOKEN hunter2hunter2".into(),
            fix: "look".into(),
        };
        let told = error.without(&secrets).to_string();
        assert!(
            told.contains("invalid TOKEN [secret tenant.env.TOKEN]") && !told.contains("hunter2"),
            "{told}"
        );
    }

    #[test]
    fn an_unknown_name_comes_with_the_nearest_one() {
        let known = ["tenant-alpha".to_owned(), "tenant-beta".to_owned(), "redis".to_owned()];
        let error = WorldError::unknown("service", "tenant-alhpa", &known);
        assert_eq!(error.to_string(), "unknown service `tenant-alhpa`, did you mean `tenant-alpha`?");
        let strange = WorldError::unknown("service", "mysql", &known);
        assert_eq!(
            strange.to_string(),
            "unknown service `mysql`; this world has tenant-alpha, tenant-beta, redis"
        );
    }
}
