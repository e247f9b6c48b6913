//! The engine's refusals as errors of a world.

use bollard::errors::Error;

use crate::world::{Class, WorldError};

/// Wraps an error of the engine with what was tried.
pub(crate) fn failed<E: std::fmt::Display>(what: impl Into<String>) -> impl FnOnce(E) -> WorldError {
    let what = what.into();
    move |error| WorldError::Host { class: Class::Internal, text: format!("{what}: {error}") }
}

/// Takes a refusal that says "it is so already" for success.
pub(crate) fn unless(refusals: &[u16], done: Result<(), Error>) -> Result<(), Error> {
    match done {
        Err(Error::DockerResponseServerError { status_code, .. }) if refusals.contains(&status_code) => {
            Ok(())
        }
        other => other,
    }
}
