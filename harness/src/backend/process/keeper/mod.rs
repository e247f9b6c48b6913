//! The keeper: a small process that owns what worlds share and outlives what uses it by a second.
//!
//! It runs the database clusters and the Redis, starting each when first asked for, so that test
//! processes that run side by side or one after another share them. Every harness process keeps a
//! connection to it. When a connection ends, however that process ended, the keeper kills the
//! children of that process, drops its databases and removes its files. Without connections it
//! stops everything it runs and ends itself.
//!
//! Reading order: [`protocol`], [`client`], [`serve`], [`sweep`].

mod client;
mod clients;
mod down;
mod protocol;
mod serve;
pub(crate) mod sweep;

pub(crate) use client::Keeper;
pub(crate) use down::{down_all, forget_clusters};
pub use serve::{KEEPER_ARGUMENT, intercept};
