//! What the message proxy reads and keeps: the target, the queue, the account of tokens.

pub mod item;
pub mod queue;
pub mod target;
pub mod usage;
