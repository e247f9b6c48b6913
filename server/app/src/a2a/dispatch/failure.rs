//! Why no answer came, by the kind of the error and never by its text.

use std::{error::Error, io};

use thiserror::Error;

/// No response headers came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Failure {
    /// The request could not be built; nothing was sent.
    #[error("the request could not be built")]
    Unbuildable,
    /// The agent may have the message, or is too occupied to take it.
    #[error(transparent)]
    Busy(#[from] Busy),
    /// The message certainly did not arrive.
    #[error(transparent)]
    Unreachable(#[from] Unreachable),
}

/// The agent is there, but did not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Busy {
    /// The response-header clock ran out.
    #[error("the agent sent no response headers in time")]
    NoHeaders,
    /// The workspace was silent for too long.
    #[error("the workspace was silent for too long")]
    Idle,
    /// The absolute ceiling.
    #[error("the exchange took too long")]
    Ceiling,
    /// The connection ended without an answer.
    #[error("the agent closed the connection without an answer")]
    Closed,
    /// The connection was reset.
    #[error("the agent reset the connection")]
    Reset,
}

/// Nobody took the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Unreachable {
    /// Refused, no such host, TLS, or no connection in time.
    #[error("no connection to the agent")]
    NoConnection,
    /// What came back is not HTTP.
    #[error("the agent did not answer in HTTP")]
    Malformed,
}

/// Sorts a client error into its class.
pub(super) fn classify(error: &reqwest::Error) -> Failure {
    if error.is_builder() {
        return Failure::Unbuildable;
    }
    if error.is_connect() {
        return Unreachable::NoConnection.into();
    }
    let mut cause: Option<&(dyn Error + 'static)> = error.source();
    while let Some(error) = cause {
        if let Some(busy) = busy(error) {
            return busy.into();
        }
        cause = error.source();
    }
    Unreachable::Malformed.into()
}

fn busy(error: &(dyn Error + 'static)) -> Option<Busy> {
    if let Some(error) = error.downcast_ref::<hyper::Error>()
        && (error.is_incomplete_message() || error.is_canceled() || error.is_closed())
    {
        return Some(Busy::Closed);
    }
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, TimedOut, UnexpectedEof};
    match error.downcast_ref::<io::Error>()?.kind() {
        ConnectionReset | ConnectionAborted | BrokenPipe => Some(Busy::Reset),
        UnexpectedEof => Some(Busy::Closed),
        TimedOut => Some(Busy::NoHeaders),
        _ => None,
    }
}
