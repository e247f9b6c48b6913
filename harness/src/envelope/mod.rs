//! The channel envelope: what a model sees of a message that reached its workspace.
//!
//! A row of the activity feed is data written by others. Before any of it becomes an attribute or
//! part of an address it has to become a type that cannot hold anything else: a [`PeerId`], a
//! [`Attribute`]. A value that does not fit is dropped, never repaired, and the message itself is
//! delivered all the same (#2471, #2481).
//!
//! No I/O and no dependency on the rest of the harness: the same library is used by the agent
//! stand-in, by the golden vectors and by anyone's client. The order of use is fixed by the types:
//! [`Inbound::read`] the row, look up `inbound.peer()` if there is one, [`Envelope::new`].

mod attribute;
mod inbound;
mod peer_id;
mod render;

#[cfg(test)]
mod tests;

pub use attribute::Attribute;
pub use inbound::{Inbound, Kind};
pub use peer_id::PeerId;
pub use render::{Envelope, Registered};
