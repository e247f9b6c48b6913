//! HTTP clients of the server itself: no redirects, no proxies from the environment, bounded reads.

use std::{sync::Once, time::Duration};

use bytes::{Bytes, BytesMut};

/// Longest wait for a connection to the control plane.
const CONNECT_DEADLINE: Duration = Duration::from_secs(10);

/// Installs the process's TLS provider; needed once before any client is built.
pub fn install_tls() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // Another part of the process may have installed one already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
}

/// A client for calls to the control plane; each call sets its own deadline.
pub fn control_plane() -> reqwest::Client {
    let builder = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT_DEADLINE);
    builder.build().expect("a TLS provider is installed before clients are built")
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
