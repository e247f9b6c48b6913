//! A world: one private, running instance of a topology.
//!
//! [`Stage`] is what a run's worlds stand on (database clusters, Redis, built programs, leased
//! ports, the reaper); [`WorldSpec`] says which world; [`World`] is the handle a replay works
//! with; [`WorldPool`] prepares worlds ahead while others run. Which backend carries a world is
//! the stage's business: a world is the same handle on processes and on containers.

mod caller;
pub(crate) mod doors;
mod error;
mod handle;
pub mod lease;
mod load;
mod logbook;
mod options;
pub(crate) mod plan;
mod pool;
mod reboot;
mod resolve;
mod service;
mod spec;
mod stage;

pub use caller::{Caller, HeaderField};
pub use error::{Class, WorldError};
pub(crate) use error::{NEW_CLUSTERS, database_reason};
pub use handle::{Looked, World};
pub use harness_model::topology::Backend;
pub use logbook::{LogBook, LogLine, Position, Stream};
pub use options::{Events, Options, Progress};
pub(crate) use plan::services;
pub use pool::WorldPool;
pub(crate) use reboot::REFUSES;
pub use reboot::{Boot, LastWords, Reboot};
pub use service::{Control, Controller, Endpoint, Flow, Service};
pub use spec::{Way, WorldSpec};
pub use stage::{DownReport, Stage, down_all};
