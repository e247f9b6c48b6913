//! The edge at work, against origins that say exactly what a test wants: one file per station.
//!
//! Everything here speaks raw HTTP to an address, so that another edge that claims to keep the
//! same rules can be put behind the same tests.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail the test")]

mod bench;
mod control;
mod headers;
mod limits;
mod origins;
mod routing;
mod streams;
