//! Rows of `workspaces`: everything but the status, which only [`crate::status`] writes after insert.
//!
//! Reading order: [`insert`], [`view`] (what routes show), [`facts`] (small reads of other verbs),
//! [`patch`], [`beat`] (heartbeat), [`register`], [`delete`], [`budget`], [`machine`] (the backend's
//! own columns), [`inbound_secret`].

pub mod beat;
pub mod budget;
pub mod delete;
pub mod facts;
pub mod inbound_secret;
pub mod insert;
pub mod machine;
pub mod patch;
pub mod register;
pub mod view;

pub use beat::{Beat, Beaten};
pub use facts::Facts;
pub use insert::NewWorkspace;
pub use patch::Patch;
pub use register::{Registered, Registration};
pub use view::Workspace;
