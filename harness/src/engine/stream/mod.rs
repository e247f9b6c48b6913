//! Connections that stay open across steps: WebSockets and server-sent events.
//!
//! A task per connection writes every frame into a [`Feed`], so that nothing is lost between the step
//! that opens a connection and the step that judges what came over it.

mod feed;
pub mod sse;
#[cfg(test)]
mod tests;
pub mod ws;

pub use feed::Feed;
