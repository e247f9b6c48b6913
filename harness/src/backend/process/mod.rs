//! Worlds of real child processes, with the edge, the agents and the echo server as tasks.
//!
//! [`keeper`] runs what worlds share and cleans up after whoever dies; [`programs`] builds what
//! they run; [`ports`] leases addresses; [`child`] runs programs. [`ground`] is what the worlds of
//! one harness process stand on, [`start`] starts the services of one, [`controller`] disturbs them.

pub(crate) mod child;
pub(crate) mod controller;
pub mod echo;
pub(crate) mod ground;
pub mod keeper;
pub(crate) mod lock;
pub(crate) mod places;
pub(crate) mod ports;
pub(crate) mod postgres;
pub(crate) mod programs;
pub(crate) mod redis;
mod start;
