//! The engine: executes one checked replay against one world and reports everything as run events.
//!
//! - [`play`]: what is executed; [`run`]: `given`, `steps`, `finally`, and the outcome.
//! - `step`: one step with its rows, its judgement, its captures and its events; `wait`: looking again until it
//!   holds; [`rules`]: what holds of every answer; `group`: steps inside steps; `action`: one file per action.
//! - `scope`: names and values; `session`: what all steps share; `secrets`: what must not appear in any text.
//! - Clients that know a protocol and nothing of replays: [`http`], [`sql`], [`redis`], [`stream`], [`program`],
//!   [`control`]. Evidence for reports: [`record`], [`evidence`]; for a later judge: `ear`, [`again`].
//!
//! The engine judges and never decides what counts: it gives an outcome, and the list of expected failures is
//! somebody else's business. Nothing here knows the server under test; who is who is said by the topology.

mod action;
pub mod again;
mod capture;
mod closing;
pub mod control;
mod ear;
pub mod evidence;
mod fill;
mod group;
pub mod http;
mod judge;
mod observed;
pub mod play;
pub mod program;
pub mod record;
pub mod redis;
mod rows;
pub mod rules;
mod run;
mod scope;
mod session;
mod site;
pub mod snapshot;
pub mod sql;
mod step;
pub mod stream;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod trouble;
mod wait;
mod window;
mod witness;

use crate::secrets;
pub use crate::secrets::Secrets;
pub use fill::fill;
pub(crate) use judge::source_at;
pub use play::{LoadedPart, Parts, Play, Sink};
pub use run::run_replay;
pub use site::static_world;
pub(crate) use step::INSIDE;
