//! What came back: a whole reply, or the transport error that stood in its place.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use thiserror::Error;

/// A response, read as far as the request asked for.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The status.
    pub status: StatusCode,
    /// Every header line, in order of arrival per name.
    pub headers: HeaderMap,
    /// The bytes read.
    pub body: Bytes,
    /// When each chunk came, counted from the response head; its length.
    pub chunks: Vec<(Duration, usize)>,
    /// Whether the body was read to its end.
    pub complete: bool,
    /// From the first byte sent to the last byte read.
    pub took: Duration,
}

/// What one sending of a request led to.
pub type Exchange = Result<Reply, Transport>;

/// No status was received: the request did not get an answer.
#[derive(Debug, Clone, Error)]
#[error("{kind}: {detail}")]
pub struct Transport {
    /// The class of failure, stable enough for a replay to expect it.
    pub kind: TransportKind,
    /// The cause in the words of the layer that failed.
    pub detail: String,
}

/// The classes of transport failure a replay can tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransportKind {
    /// Nobody listens.
    Refused,
    /// Connecting failed in another way.
    Connect,
    /// The time of the step was over.
    Timeout,
    /// The connection closed before a whole response had come.
    Closed,
    /// The connection was reset.
    Reset,
    /// The bytes received are not HTTP.
    Protocol,
    /// The request itself could not be put on the wire.
    Request,
}

impl TransportKind {
    /// The word a replay writes.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Connect => "connect",
            Self::Timeout => "timeout",
            Self::Closed => "closed",
            Self::Reset => "reset",
            Self::Protocol => "protocol",
            Self::Request => "request",
        }
    }
}

impl std::fmt::Display for TransportKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Refused => "connection refused",
            Self::Connect => "could not connect",
            Self::Timeout => "timed out",
            Self::Closed => "connection closed",
            Self::Reset => "connection reset",
            Self::Protocol => "not an HTTP response",
            Self::Request => "request cannot be sent",
        })
    }
}

impl Transport {
    pub(super) fn new(kind: TransportKind, cause: &dyn std::error::Error) -> Self {
        let mut detail = cause.to_string();
        let mut next = cause.source();
        while let Some(inner) = next {
            detail = format!("{detail}: {inner}");
            next = inner.source();
        }
        Self { kind, detail }
    }

    pub(crate) fn connecting(cause: &std::io::Error) -> Self {
        let refused = cause.kind() == std::io::ErrorKind::ConnectionRefused;
        Self::new(if refused { TransportKind::Refused } else { TransportKind::Connect }, cause)
    }

    pub(super) fn exchanging(cause: &hyper::Error) -> Self {
        let kind = if cause.is_parse() {
            TransportKind::Protocol
        } else if cause.is_user() {
            TransportKind::Request
        } else if cause.is_timeout() {
            TransportKind::Timeout
        } else if is_reset(cause) {
            TransportKind::Reset
        } else {
            TransportKind::Closed
        };
        Self::new(kind, cause)
    }

    pub(super) fn timed_out(after: Duration) -> Self {
        Self { kind: TransportKind::Timeout, detail: format!("no whole response within {after:?}") }
    }
}

fn is_reset(cause: &(dyn std::error::Error + 'static)) -> bool {
    let mut next = Some(cause);
    while let Some(error) = next {
        let io = error.downcast_ref::<std::io::Error>();
        if io.is_some_and(|io| io.kind() == std::io::ErrorKind::ConnectionReset) {
            return true;
        }
        next = error.source();
    }
    false
}
