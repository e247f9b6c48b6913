//! Postgres for worlds: [`locate`] finds the binaries, [`cluster`] runs one, in [`memory`] where it can, and
//! [`database`] clones.

pub(crate) mod cluster;
pub(crate) mod database;
mod locate;
pub(crate) mod memory;
mod user;
