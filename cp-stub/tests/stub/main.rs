//! The stub on a real socket.
#![allow(clippy::unwrap_used, reason = "helpers of tests, which clippy does not recognise in this folder")]

mod callers;
mod control;
mod faults;
mod golden;
mod launching;
mod log;
mod running;
mod workspaces;
