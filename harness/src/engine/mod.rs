//! The engine: executes one checked replay against one world and reports everything as run events.

pub mod control;
pub mod evidence;
pub mod http;
pub mod program;
pub mod record;
pub mod redis;
pub mod secrets;
pub mod snapshot;
pub mod sql;
pub mod stream;
#[cfg(test)]
pub(crate) mod testing;

pub use secrets::Secrets;
