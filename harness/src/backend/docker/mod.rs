//! Worlds in containers.
//!
//! [`images`] makes sure that every image a world needs is there and fresh.

pub mod images;
