//! The harness's model: what is written in YAML, what happens in a run, what counts. Pure, no I/O.

pub mod event;
pub mod topology;
pub mod verdict;
pub mod xfail;
