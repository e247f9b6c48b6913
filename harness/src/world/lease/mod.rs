//! A world that outlives the command that made it: `up`, then as many commands as one likes, `down`.
//!
//! A process of its own holds the world, because the edge and the agents are tasks of whoever made it: the
//! [`host`] that [`mod@up`] starts, or a run that was asked to keep its first red world. To [`hold`] a world is to
//! offer it to other processes; [`kept`] is how they find and use it, [`down`] ends it. What they know of each other
//! stands in one state file, what is in the world in a second ([`seeded`]), both readable by their owner alone.
//!
//! Reading order: [`state`], [`hold`], [`kept`], [`host`].

mod hold;
mod host;
mod kept;
mod order;
mod remote;
mod seeded;
mod state;
mod up;

pub use hold::{Ended, Held};
pub use host::{HOST_ARGUMENT, intercept};
pub use kept::{Kept, attach};
pub use order::SpecState;
pub use seeded::Seeded;
pub use up::{down, up};
