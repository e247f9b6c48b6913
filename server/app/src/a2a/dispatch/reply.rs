//! What the agent answered: whole, or cut after the headers.

use bytes::{Bytes, BytesMut};
use http::{HeaderValue, StatusCode, header::CONTENT_TYPE};
use server_types::limits::A2A_REPLY_BYTES_MAX;
use thiserror::Error;

use super::Busy;

/// The agent answered with a status; it has the message.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its content type.
    pub content_type: Option<HeaderValue>,
    /// Its body, or why that is lost.
    pub body: Result<Bytes, Cut>,
}

/// Why the body is lost although the headers came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Cut {
    /// The connection broke.
    #[error("failed to read agent response")]
    Broken,
    /// A clock ran out.
    #[error("failed to read agent response")]
    Abandoned(Busy),
    /// More bytes than a reply may have.
    #[error("agent response too large")]
    TooLarge,
}

/// The status line and what of the headers counts.
#[derive(Clone)]
pub(super) struct Head {
    status: StatusCode,
    content_type: Option<HeaderValue>,
}

impl Head {
    pub(super) fn of(response: &reqwest::Response) -> Self {
        Self { status: response.status(), content_type: response.headers().get(CONTENT_TYPE).cloned() }
    }

    /// The answer with this body.
    pub(super) fn with(self, body: Result<Bytes, Cut>) -> Answer {
        Answer { status: self.status, content_type: self.content_type, body }
    }
}

/// Reads the body up to the cap.
pub(super) async fn read(mut response: reqwest::Response) -> Result<Bytes, Cut> {
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(|_| Cut::Broken)? {
        if body.len() + chunk.len() > A2A_REPLY_BYTES_MAX {
            return Err(Cut::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}
