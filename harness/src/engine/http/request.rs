//! What is sent: a request whose every byte on the wire was decided by the replay or its identity.

use std::time::Duration;

use http::{HeaderMap, Method};
use url::Url;

use super::Body;

/// One request, ready to be sent.
#[derive(Debug, Clone)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// Where to connect; its path is ignored.
    pub base: Url,
    /// Path and query, byte for byte as they go on the wire.
    pub target: String,
    /// All header lines, `Host` included; nothing is added but framing.
    pub headers: HeaderMap,
    /// The body.
    pub body: Body,
    /// Everything, from connecting to the last byte read, must end within this.
    pub timeout: Duration,
    /// How much of the response to wait for.
    pub read: Read,
}

/// How much of a response is read before the step is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Read {
    /// To the end.
    All,
    /// A stream that need not end: until this many bytes or chunks have come, or the time is over.
    Stream {
        /// Stop after this many chunks.
        chunks_max: usize,
        /// Stop after this long, counted from the response head.
        during: Duration,
    },
}

impl Request {
    /// The whole URL, for people.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{}{}", self.base.as_str().trim_end_matches('/'), self.target)
    }
}
