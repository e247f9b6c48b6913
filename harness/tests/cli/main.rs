//! The command line as its users meet it: the real binary, over projects written for the test.
//!
//! The replays of these projects ask a server of the test, so no world is needed and a run takes milliseconds.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail the test")]

mod bench;
mod commands;
mod containers;
mod entrances;
mod failing;
mod images;
mod judge;
mod kept;
mod past;
mod project;
mod release;
mod toys;
mod verdicts;
mod watch;
mod witness;
mod world;
