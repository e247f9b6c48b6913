//! The test harness: worlds, the engine that runs replays in them, and the reports.

pub mod engine;
pub mod report;
pub mod world;
