//! What one agent, or a user, says to another agent through this server.
//!
//! Reading order: [`normalise`] turns any accepted body into the one shape agents understand;
//! everything that sends or stores a message takes the [`Normalised`] it returns, so a body that
//! was not normalised cannot leave the server.

pub mod normalise;

pub use normalise::{NormaliseError, Normalised, normalise};
