//! The listening socket of one agent: open, shut, or swallowing what comes.
//!
//! A shut door also ends the connections that came through it before, because a client that keeps
//! connections alive would not notice it otherwise.

mod hole;
mod socket;

use std::{net::SocketAddr, sync::Arc};

use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpListener, sync::watch};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{behaviour::Answer, serve, standin::Agent};
use hole::Hole;
use socket::Socket;

/// How the door stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Stand {
    /// Calls are answered.
    #[default]
    Open,
    /// Connections are refused.
    Shut,
    /// Connections are never completed.
    Swallowing,
}

/// The handle: what is wanted, and what is.
#[derive(Debug)]
pub(super) struct Door {
    wanted: watch::Sender<Stand>,
    /// None until the door stands as wanted for the first time, and after a failure to listen.
    is: watch::Sender<Option<Stand>>,
}

/// The connection ends here without an answer.
#[derive(Debug, thiserror::Error)]
#[error("closed on purpose")]
struct Closed;

impl Door {
    pub(super) fn new() -> Self {
        Self { wanted: watch::Sender::new(Stand::Open), is: watch::Sender::new(None) }
    }

    /// Moves the door and returns once it stands as wanted.
    pub(super) async fn stand(&self, wanted: Stand) {
        // A door that stands as wanted is left alone: to open it anew would drop callers that wait at it.
        self.wanted.send_if_modified(|stand| std::mem::replace(stand, wanted) != wanted);
        let mut is = self.is.subscribe();
        // An error means that the agent is gone, and its door with it.
        drop(is.wait_for(|stand| *stand == Some(wanted)).await);
    }

    /// Runs the door until it is cancelled. `first` is already bound, so that a spawned agent is
    /// reachable at once.
    pub(super) async fn run(&self, agent: Arc<Agent>, first: TcpListener, stop: CancellationToken) {
        let address = first.local_addr().expect("a bound listener has an address");
        let mut first = Some(first);
        let mut wanted = self.wanted.subscribe();
        while !stop.is_cancelled() {
            let stand = *wanted.borrow_and_update();
            match stand {
                Stand::Open => {
                    let Some(listener) = self.listen(first.take(), address).await else { return };
                    self.is.send_replace(Some(stand));
                    open(&agent, listener, &mut wanted, &stop).await;
                }
                Stand::Shut => {
                    first = None;
                    self.is.send_replace(Some(stand));
                    changed(&mut wanted, &stop).await;
                }
                Stand::Swallowing => {
                    first = None;
                    let hole = Hole::dig(address).await;
                    self.is.send_replace(Some(stand));
                    changed(&mut wanted, &stop).await;
                    drop(hole);
                }
            }
        }
    }

    async fn listen(&self, first: Option<TcpListener>, address: SocketAddr) -> Option<TcpListener> {
        if first.is_some() {
            return first;
        }
        match TcpListener::bind(address).await {
            Ok(listener) => Some(listener),
            Err(error) => {
                tracing::error!("agent cannot listen on {address} again: {error}");
                self.is.send_replace(None);
                None
            }
        }
    }
}

async fn changed(wanted: &mut watch::Receiver<Stand>, stop: &CancellationToken) {
    tokio::select! {
        _ = wanted.changed() => {}
        () = stop.cancelled() => {}
    }
}

/// Accepts until the door shall stand otherwise; then ends every connection and waits for the end.
async fn open(
    agent: &Arc<Agent>,
    listener: TcpListener,
    wanted: &mut watch::Receiver<Stand>,
    stop: &CancellationToken,
) {
    let shut = stop.child_token();
    let connections = TaskTracker::new();
    loop {
        tokio::select! {
            biased;
            () = changed(wanted, stop) => break,
            accepted = listener.accept() => {
                let Ok((stream, _)) = accepted else { continue };
                let (agent, shut) = (Arc::clone(agent), shut.clone());
                connections.spawn(async move {
                    tokio::select! {
                        () = connection(agent, Socket::new(stream)) => {}
                        () = shut.cancelled() => {}
                    }
                });
            }
        }
    }
    drop(listener);
    shut.cancel();
    connections.close();
    connections.wait().await;
}

async fn connection(agent: Arc<Agent>, socket: Socket) {
    let reset = socket.reset_switch();
    let service = service_fn(move |request| {
        let (agent, reset) = (Arc::clone(&agent), reset.clone());
        async move {
            match serve::answer(&agent, request).await {
                Answer::Http(response) => Ok(response),
                Answer::Close => Err(Closed),
                Answer::Reset => {
                    reset.arm();
                    Err(Closed)
                }
            }
        }
    });
    // An error is a scripted end or a caller that left.
    drop(http1::Builder::new().serve_connection(TokioIo::new(socket), service).await);
}
