//! Agents and the server: who is there, how it is reached, how it fares.
//!
//! Reading order: [`inbound_secret`] (the bearer shown to an agent),
//! [`register`], [`heartbeat`], [`card`], then [`discover`] and [`peers`] (agents asking about each
//! other).

pub mod card;
pub mod discover;
pub mod heartbeat;
pub mod host_peer;
pub mod inbound_secret;
pub mod peers;
pub mod register;

pub use inbound_secret::InboundSecrets;
