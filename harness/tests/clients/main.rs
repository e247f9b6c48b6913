//! The engine's clients against the real things.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail the test")]

mod ground;
mod redis;
mod replay;
mod secrets;
mod sql;
