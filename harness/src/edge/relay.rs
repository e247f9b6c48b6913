//! WebSockets: after the handshake, bytes both ways until one end closes or both are silent.

use std::sync::Arc;
use std::time::Duration;

use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::sync::Notify;

/// Relays once both sides have upgraded. Frames are not looked at.
pub(super) async fn relay(client: OnUpgrade, origin: OnUpgrade, idle: Duration) {
    let (Ok(client), Ok(origin)) = tokio::join!(client, origin) else { return };
    let moved = Arc::new(Notify::new());
    let (client_in, client_out) = tokio::io::split(TokioIo::<Upgraded>::new(client));
    let (origin_in, origin_out) = tokio::io::split(TokioIo::<Upgraded>::new(origin));
    let silence = async { while tokio::time::timeout(idle, moved.notified()).await.is_ok() {} };
    tokio::select! {
        () = copy(client_in, origin_out, &moved) => {}
        () = copy(origin_in, client_out, &moved) => {}
        () = silence => {}
    }
}

/// Copies until the end, and says whenever something moved.
async fn copy(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, moved: &Notify) {
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        moved.notify_one();
        if to.write_all(&buffer[..count]).await.is_err() || to.flush().await.is_err() {
            return;
        }
    }
    let _ = to.shutdown().await;
}
