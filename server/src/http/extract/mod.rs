//! Proof values: a handler that takes one cannot run without the proof.
//!
//! | Extractor | Proves |
//! |---|---|
//! | [`AdminAuth`], [`WorkspaceAuth`], [`CanvasAuth`] | the route's class, enforced by the route table |
//! | [`OwnToken`] | the workspace itself, nobody above it |
//! | [`DiscoveryCaller`], [`PeersCaller`], [`QueueAuth`], [`SocketAuth`] | in-handler classes |
//! | [`Shown`], [`Claim`] | nothing: what the request says, for rules that run in the handler |
//! | [`PathId`] | a well-formed workspace id, without authentication |
//! | [`JsonBody`], [`OptionalJson`] | a body within its cap |

mod body;
mod callers;
mod classes;
mod path;

pub use body::{BodyBytes, JsonBody, OptionalJson};
pub(crate) use body::{Unread, capped};
pub use callers::{Claim, DiscoveryCaller, PeersCaller, QueueAuth, Shown, SocketAuth};
pub use classes::{AdminAuth, CanvasAuth, OwnToken, WorkspaceAuth};
pub use path::PathId;
