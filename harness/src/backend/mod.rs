//! What carries worlds. Today: [`process`], child processes and in-process tasks.
//!
//! A backend turns a planned world into running services and hands back the same
//! [`crate::world::Service`] handles, so that neither the engine nor a replay can tell which one
//! carries them.

pub mod docker;
pub mod process;
