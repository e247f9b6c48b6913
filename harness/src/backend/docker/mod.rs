//! Worlds in containers.
//!
//! [`images`] makes sure that every image a world needs is there and fresh. [`marks`] names and labels
//! everything; [`network`], [`container`] and [`logs`] are the engine's parts as this backend uses them;
//! [`databases`] are the two that worlds share. [`ground`] is what the worlds of one harness process stand
//! on, [`start`] starts the services of one, [`egress`] sees that it is closed in, [`controller`] disturbs it
//! (with [`remake`], where a container must be another one), and [`sweep`] removes what nobody is left to end.

mod container;
mod controller;
mod databases;
pub(crate) mod egress;
pub(crate) mod engine;
mod failure;
pub(crate) mod ground;
pub mod images;
mod logs;
pub(crate) mod marks;
mod network;
mod remake;
mod start;
pub(crate) mod sweep;
