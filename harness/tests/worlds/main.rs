//! Worlds on the process backend, with toy programs.

mod hygiene;
mod lease;
mod starting;
mod toy;
