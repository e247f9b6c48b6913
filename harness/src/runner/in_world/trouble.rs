//! What a report says of a world that is not there.

use std::error::Error;

use harness_model::event::{Failure, LogExcerpt};

use crate::runner::stages::NoWorld;
use crate::world::{NEW_CLUSTERS, WorldError};

/// The failure of a case that got no world: what happened, the service's last lines, the fix.
pub(crate) fn failure(error: &NoWorld) -> Failure {
    match error.0.as_ref() {
        WorldError::Unready { service, condition, within, log, fix } => Failure {
            logs: vec![excerpt(service, log)],
            help: Some(fix.clone()),
            ..Failure::new(format!("`{service}` was not ready within {within:?}: waiting for {condition}"))
        },
        WorldError::Ended { service, status, condition, log, fix } => Failure {
            logs: vec![excerpt(service, log)],
            help: Some(fix.clone()),
            ..Failure::new(format!("`{service}` ended with {status} before {condition}"))
        },
        WorldError::Prerequisite { what, fix } => {
            Failure { help: Some(fix.clone()), ..Failure::new(what.clone()) }
        }
        WorldError::Database { what, reason } => {
            Failure { help: Some(NEW_CLUSTERS.into()), ..Failure::new(format!("cannot {what}: {reason}")) }
        }
        other => Failure::new(chain(other)),
    }
}

fn excerpt(service: &str, log: &str) -> LogExcerpt {
    LogExcerpt { service: service.to_owned(), lines: log.lines().map(str::to_owned).collect(), left_out: 0 }
}

/// An error and its causes in one line.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut texts = vec![error.to_string()];
    let mut cause = error.source();
    while let Some(error) = cause {
        texts.push(error.to_string());
        cause = error.source();
    }
    texts.join(": ")
}
