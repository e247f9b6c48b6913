//! The test harness: worlds, the engine that runs replays in them, and the reports.
//!
//! Black box on the wire: nothing here knows a server type.

pub mod engine;
pub mod world;
