//! Back ends: one contract for all of them, then what only a container engine has.
//!
//! [`bench`] drives a back end, [`contract`] holds the cases that each must pass, [`docker`] asks a scripted
//! engine about the rest, [`real`] the machine's own.

mod bench;
mod contract;
mod docker;
mod real;
