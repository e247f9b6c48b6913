//! Why a message was not answered by its agent. `Display` is the public text.

use http::StatusCode;
use server_types::WorkspaceStatus;
use thiserror::Error;

use super::NormaliseError;

/// The end of the pipeline without an agent's answer.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum SendError {
    /// Caller and target are not related.
    #[error("access denied: workspaces cannot communicate per hierarchy rules")]
    AccessDenied,
    /// The target has spent its month's money.
    #[error("workspace budget limit exceeded")]
    OverBudget,
    /// No agent would accept the body.
    #[error(transparent)]
    Malformed(#[from] NormaliseError),
    /// The target polls, and its row could not be written.
    #[error("failed to queue message for poll delivery")]
    PollNotStored,
    /// Unknown or removed.
    #[error("workspace not found")]
    NotFound,
    /// The target could not be looked up.
    #[error("lookup failed")]
    LookupFailed,
    /// It slept and is being woken.
    #[error("workspace is waking from hibernation — retry in ~15 seconds")]
    Waking,
    /// It has not registered an address.
    #[error("workspace has no URL")]
    NoUrl(WorkspaceStatus),
    /// Its address is one the server must not call.
    #[error("workspace URL is not publicly routable")]
    Unroutable,
    /// The request could not be built.
    #[error("failed to create proxy request")]
    Unbuildable,
    /// It is dead, and a restart was asked for.
    #[error("workspace agent unreachable — container restart triggered")]
    Restarting,
    /// It is busy and keeps a queue of its own.
    #[error("workspace agent busy — adapter handles retry (native_session)")]
    BusyNative,
    /// It is busy, and the message is not kept.
    #[error("workspace agent busy — retry after a short backoff")]
    Busy,
    /// The message certainly did not arrive.
    #[error("failed to reach workspace agent")]
    Unreachable,
    /// It answered, but its answer is lost.
    #[error("{}", if *.too_large { "agent response too large" } else { "failed to read agent response" })]
    ReplyLost {
        /// The status said that the message was accepted.
        delivery_confirmed: bool,
        /// The reply was longer than a reply may be.
        too_large: bool,
    },
    /// It answered with a failure.
    #[error("{error}")]
    AgentFailed {
        /// Its status.
        status: StatusCode,
        /// Its own words if it gave any, else the standard phrase of the status.
        error: String,
    },
}

impl server_types::PublicText for SendError {}

impl SendError {
    /// The HTTP status of the refusal.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::AccessDenied => StatusCode::FORBIDDEN,
            Self::OverBudget => StatusCode::PAYMENT_REQUIRED,
            Self::Malformed(_) => StatusCode::BAD_REQUEST,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::LookupFailed | Self::Unbuildable => StatusCode::INTERNAL_SERVER_ERROR,
            Self::PollNotStored
            | Self::Waking
            | Self::NoUrl(_)
            | Self::Restarting
            | Self::BusyNative
            | Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Self::Unroutable | Self::Unreachable | Self::ReplyLost { .. } => StatusCode::BAD_GATEWAY,
            Self::AgentFailed { status, .. } => *status,
        }
    }

    /// After how many seconds another try makes sense.
    pub fn retry_after_secs(&self) -> Option<u32> {
        match self {
            Self::PollNotStored => Some(5),
            Self::Waking | Self::Restarting => Some(15),
            Self::BusyNative | Self::Busy => Some(30),
            _ => None,
        }
    }
}
