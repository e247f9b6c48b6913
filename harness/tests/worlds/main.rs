//! Worlds on the process backend, with toy programs.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail the test")]

mod hygiene;
mod lease;
mod rebooting;
mod starting;
mod toy;
