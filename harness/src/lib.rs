//! The test harness: worlds, the engine that runs replays in them, the runner and the reports.
//!
//! Black box on the wire: nothing here knows a server type.

pub mod agent;
pub mod backend;
pub mod bench;
pub mod cli;
pub mod edge;
pub mod engine;
pub mod envelope;
pub mod golden;
pub mod ledger;
pub mod lint;
pub mod out;
pub mod project;
pub mod prove;
pub mod release;
pub mod report;
pub mod runner;
pub mod secrets;
pub mod stress;
pub mod timemachine;
pub mod witness;
pub mod world;

/// Installs the TLS provider of this process; later calls do nothing.
pub fn install_tls() {
    // An error says that somebody was first, which is just as good.
    drop(rustls::crypto::ring::default_provider().install_default());
}

/// Becomes one of the harness's own background processes when this process was started as one, and
/// then never returns. Any `main` that opens a [`world::Stage`] calls this first.
pub fn intercept() {
    backend::process::keeper::intercept();
    world::lease::intercept();
}
