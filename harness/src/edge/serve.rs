//! Accepting connections.

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::config::Config;
use super::proxy;
use super::state::State;
use crate::world::LogBook;

/// A running edge.
#[derive(Debug)]
pub struct Edge;

impl Edge {
    /// Serves until the future is dropped, which ends every connection, too.
    ///
    /// Each request leaves a line in the log.
    pub async fn serve(listener: TcpListener, config: Config, log: LogBook) {
        let state = State::new(config, log);
        let mut connections = JoinSet::new();
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                // Finished connections are forgotten as they end.
                Some(_) = connections.join_next() => continue,
            };
            // A connection that was gone before it was taken is nobody's loss.
            let Ok((stream, client)) = accepted else { continue };
            let _ = stream.set_nodelay(true);
            let state = state.clone();
            connections.spawn(async move {
                let service = service_fn(move |request| proxy::answer(state.clone(), client.ip(), request));
                let serving = http1::Builder::new()
                    .timer(TokioTimer::new())
                    .serve_connection(TokioIo::new(stream), service)
                    .with_upgrades();
                // A broken connection concerns its client alone.
                let _ = serving.await;
            });
        }
    }
}
