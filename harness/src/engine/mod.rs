//! The engine: executes one checked replay against one world and reports everything as run events.

pub mod http;
pub mod secrets;

pub use secrets::Secrets;
