//! A world that outlives the command that made it: `up`, then as many commands as one likes, `down`.
//!
//! A host process of its own holds the world, because the edge and the agents are tasks of
//! whoever made it. [`mod@up`] starts the host and waits, [`mod@attach`] gives a handle on its world to
//! any other process, [`down`] ends it. What they know of each other stands in one state file,
//! readable by its owner alone.
//!
//! Reading order: [`state`], [`host`], [`mod@attach`].

mod attach;
mod host;
mod order;
mod remote;
mod state;
mod up;

pub use attach::attach;
pub use host::{HOST_ARGUMENT, intercept};
pub use up::{down, up};
