//! Workspaces: create, change, delete.
//!
//! Reading order: [`fields`] (what a caller may set), [`draft`] (a create request, checked),
//! [`create`], [`external`] and [`connection`] (operator-run agents), [`patch`], [`delete`],
//! [`bootstrap_failed`].

pub mod bootstrap_failed;
pub mod connection;
pub mod create;
pub mod delete;
pub mod draft;
pub mod external;
pub mod fields;
pub mod memory_seeds;
pub mod model_provider;
pub mod patch;
