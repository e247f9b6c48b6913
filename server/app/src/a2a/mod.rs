//! What one agent, or a user, says to another agent through this server.
//!
//! Reading order: [`mod@normalise`] (any accepted body becomes the one shape agents understand),
//! [`proxy`] (the pipeline a message crosses), `resolve` (where the agent is), [`dispatch`] (one
//! exchange, at most one request), [`health`] (is a silent agent dead), `poll`, [`queue`] and
//! [`drain`] (messages that wait), [`fn@look`] (what became of one), `attempt` (the trace of it all).
//!
//! Everything that sends or stores a message takes the [`Normalised`] that [`fn@normalise`] returns, so a
//! body that was not normalised cannot leave the server.

mod attempt;
mod caller;
pub mod dispatch;
pub mod drain;
pub mod health;
mod look;
pub mod normalise;
mod poll;
pub mod proxy;
pub mod queue;
mod refusal;
mod resolve;

pub use caller::Caller;
pub use look::look;
pub use normalise::{NormaliseError, Normalised, normalise};
pub use proxy::{Ceiling, Delivered, Message, OnBusy, send, send_detached};
pub use refusal::SendError;
