//! HTTP clients of the server itself: no redirects, no proxies from the environment, bounded reads.

pub mod tls;

use std::time::Duration;

use bytes::{Bytes, BytesMut};

pub use tls::install_tls;

/// Longest wait for a connection to the control plane.
const CONNECT_DEADLINE: Duration = Duration::from_secs(10);

/// A client for calls to the control plane; each call sets its own deadline.
pub fn control_plane() -> reqwest::Client {
    let builder = reqwest::Client::builder()
        .tls_backend_preconfigured(tls::config())
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT_DEADLINE);
    builder.build().expect("a client of fixed settings can be built")
}

/// Reads at most `max` bytes of the body; the rest is cut.
///
/// # Errors
/// The connection broke while reading.
pub async fn read_capped(response: &mut reqwest::Response, max: usize) -> Result<Bytes, reqwest::Error> {
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(reqwest::Error::without_url)? {
        let room = max - body.len();
        body.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if body.len() == max {
            break;
        }
    }
    Ok(body.freeze())
}
