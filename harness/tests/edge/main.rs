//! Both edges at work, against origins that say exactly what a case wants: one file per station.
//!
//! Everything here speaks raw HTTP to an address. A case is judged twice, by the same lines: with the edge of
//! this program and with a real nginx under the configuration generated for it. Where the two differ on
//! purpose, [`differences`] shows how.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail the test")]

mod bench;
mod control;
mod differences;
mod headers;
mod limits;
mod nginx;
mod origins;
mod routing;
mod streams;

pub(crate) use bench::on_both;
