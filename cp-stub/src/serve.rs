//! The listener: one task per connection, HTTP/1.1, connections that may be dropped without an answer.

use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use crate::{front::Front, stub::Stub};

/// Serves until the future is dropped.
pub async fn serve(listener: TcpListener, stub: Stub) {
    let front = Front::new(stub);
    loop {
        let (socket, _) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!("accept: {error}");
                tokio::task::yield_now().await;
                continue;
            }
        };
        let front = front.clone();
        tokio::spawn(async move {
            let service = service_fn(move |request| front.clone().answer(request));
            // A failing connection is either a fault at work or a client that left.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(socket), service).await;
        });
    }
}
