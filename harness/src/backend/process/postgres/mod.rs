//! Postgres for worlds: [`locate`] finds the binaries, [`cluster`] runs one, [`database`] clones.

pub(crate) mod cluster;
pub(crate) mod database;
mod locate;
mod user;
