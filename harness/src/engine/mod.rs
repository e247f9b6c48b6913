//! The engine: executes one checked replay against one world and reports everything as run events.

pub mod http;
pub mod program;
pub mod record;
pub mod redis;
pub mod secrets;
pub mod snapshot;
pub mod sql;
pub mod stream;

pub use secrets::Secrets;
