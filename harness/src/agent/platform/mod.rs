//! The agent's side of its platform: what every runtime does without being told.

mod caller;
mod delegations;
mod heartbeat;
mod poll;
mod register;

use std::time::Duration;

pub(super) use caller::{As, Caller, describe};
pub(super) use heartbeat::beat_for_ever;
pub(super) use poll::{envelope_of, poll_for_ever};
pub(super) use register::register;

/// Longest a call to the platform may take. An A2A call may wait for another agent.
const TIMEOUT: Duration = Duration::from_secs(120);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// A client for platform calls: no proxy from the environment, no redirects.
pub(super) fn client() -> reqwest::Client {
    crate::install_tls();
    reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(TIMEOUT)
        .connect_timeout(CONNECT_TIMEOUT)
        .build()
        .expect("a client without special settings can be built")
}
