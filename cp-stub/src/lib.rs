//! The control-plane stub: the smallest control plane that a tenant cannot tell from the real one.
//!
//! A call goes through [`front`] in fixed order: logged, counted, matched against the scripted faults,
//! handled, marred if a fault says so, logged again with its status. What no route serves is answered
//! 501 and counted, so that a call nobody planned for cannot look like product behaviour.
//!
//! - [`routes`]: what the real control plane serves, one file per route, each naming its origin;
//! - [`control`]: `/__stub/...`, how a harness reads and scripts the stub; never behind a tenant;
//! - [`state`]: everything remembered, partitioned by org;
//! - [`fault`]: what may go wrong on purpose;
//! - [`launch`]: starting and stopping the agent that a machine would run.

mod auth;
mod config;
mod control;
mod fault;
mod fingerprint;
mod front;
mod launch;
mod reply;
mod routes;
mod serve;
mod state;
mod stub;

pub use config::{Args, Config, ConfigError, OrgConfig};
pub use fingerprint::fingerprint;
pub use routes::{AuthClass, ROUTES, Route};
pub use serve::serve;
pub use stub::Stub;

/// Digest of the sources this program was built from, or `unknown`.
pub const BUILD: &str = match option_env!("CP_STUB_DIGEST") {
    Some(digest) => digest,
    None => "unknown",
};

/// Chooses the TLS provider once; a second call changes nothing.
pub fn install_tls() {
    // An error only says that a provider is already installed.
    let _ = rustls::crypto::ring::default_provider().install_default();
}
