//! A port that accepts no connection and refuses none: whoever connects waits.
//!
//! On loopback every address answers at once, so "nowhere" has to be made: a listener with the
//! smallest queue whose queue is kept full. The kernel drops further attempts without a word,
//! exactly what an unroutable address looks like from the caller's side.

use std::{net::SocketAddr, time::Duration};

use tokio::net::{TcpListener, TcpSocket, TcpStream};

/// How long an attempt may take before it counts as swallowed.
const SWALLOWED_AFTER: Duration = Duration::from_millis(100);
/// Attempts after which the queue must be full.
const FILLERS_MAX: usize = 16;

/// The full queue. Dropping it frees the port.
pub(super) struct Hole {
    _listener: Option<TcpListener>,
    _fillers: Vec<TcpStream>,
}

impl Hole {
    /// Fills the queue until an attempt is swallowed.
    pub(super) async fn dig(address: SocketAddr) -> Self {
        let listener = match listen(address) {
            Ok(listener) => listener,
            Err(error) => {
                tracing::error!("agent cannot swallow connections on {address}: {error}");
                return Self { _listener: None, _fillers: Vec::new() };
            }
        };
        let mut fillers = Vec::new();
        for _ in 0..FILLERS_MAX {
            match tokio::time::timeout(SWALLOWED_AFTER, TcpStream::connect(address)).await {
                Ok(Ok(filler)) => fillers.push(filler),
                Ok(Err(_)) | Err(_) => break,
            }
        }
        Self { _listener: Some(listener), _fillers: fillers }
    }
}

fn listen(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(1)
}
