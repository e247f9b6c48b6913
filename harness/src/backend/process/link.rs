//! A relay in front of a service that a replay disturbs.
//!
//! Worlds share clusters and the Redis: pausing the real one would reach every other world. A
//! world that disturbs a service reaches it through a link of its own, which can stall, be cut
//! and heal. Worlds that disturb nothing pay nothing.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::world::WorldError;

/// What a link does with bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flow {
    /// Relays them.
    Open,
    /// Holds them back; connections stay open.
    Paused,
    /// Refuses new connections and resets open ones.
    Cut,
}

/// A running link; it ends when dropped.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    port: u16,
    flow: Arc<watch::Sender<Flow>>,
    /// Whether the listener is bound right now.
    bound: watch::Receiver<bool>,
}

impl Link {
    /// Listens on a port and relays to an address.
    pub(crate) async fn open(port: u16, target: String) -> Result<Self, WorldError> {
        let listener = listen(port).await?;
        let flow = Arc::new(watch::Sender::new(Flow::Open));
        let (tell, bound) = watch::channel(true);
        tokio::spawn(run(listener, port, target, flow.subscribe(), tell));
        Ok(Self { port, flow, bound })
    }

    /// Where to connect.
    pub(crate) fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.port).into()
    }

    /// Changes what happens to bytes; returns when it has taken effect.
    pub(crate) async fn set(&self, flow: Flow) {
        self.flow.send_replace(flow);
        let mut bound = self.bound.clone();
        // An error says that the link has ended: then nothing flows either.
        let _ = bound.wait_for(|bound| *bound == (flow != Flow::Cut)).await;
    }
}

async fn listen(port: u16) -> Result<TcpListener, WorldError> {
    let bound = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await;
    bound.map_err(WorldError::io(format!("listen on port {port}")))
}

async fn run(
    listener: TcpListener,
    port: u16,
    target: String,
    mut flow: watch::Receiver<Flow>,
    bound: watch::Sender<bool>,
) {
    let mut listener = Some(listener);
    loop {
        let now = *flow.borrow_and_update();
        if now == Flow::Cut {
            listener = None;
        } else if listener.is_none() {
            listener = listen(port).await.ok();
        }
        bound.send_replace(listener.is_some());
        tokio::select! {
            accepted = accept(listener.as_ref()) => {
                tokio::spawn(relay(accepted, target.clone(), flow.clone()));
            }
            changed = flow.changed() => if changed.is_err() { return },
        }
    }
}

async fn accept(listener: Option<&TcpListener>) -> TcpStream {
    let Some(listener) = listener else { return std::future::pending().await };
    loop {
        if let Ok((stream, _)) = listener.accept().await {
            return stream;
        }
    }
}

async fn relay(near: TcpStream, target: String, flow: watch::Receiver<Flow>) {
    let Ok(far) = TcpStream::connect(&target).await else { return };
    let _ = (near.set_nodelay(true), far.set_nodelay(true));
    // A cut is a reset, not a farewell.
    let _ = (near.set_zero_linger(), far.set_zero_linger());
    let (near_in, near_out) = near.into_split();
    let (far_in, far_out) = far.into_split();
    let mut cut = flow.clone();
    tokio::select! {
        ((), ()) = async { tokio::join!(copy(near_in, far_out, flow.clone()), copy(far_in, near_out, flow.clone())) } => {}
        _ = cut.wait_for(|flow| *flow == Flow::Cut) => {}
    }
}

/// Copies until the end, waiting while paused.
async fn copy(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut flow: watch::Receiver<Flow>) {
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        if flow.wait_for(|flow| *flow != Flow::Paused).await.is_err() {
            return;
        }
        if to.write_all(&buffer[..count]).await.is_err() {
            return;
        }
    }
    let _ = to.shutdown().await;
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const SOON: Duration = Duration::from_secs(10);

    /// A server that answers each byte with the same byte.
    async fn echo() -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let (mut from, mut to) = stream.split();
                    tokio::io::copy(&mut from, &mut to).await
                });
            }
        });
        address
    }

    async fn free_port() -> u16 {
        TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port()
    }

    async fn asks(stream: &mut TcpStream) -> std::io::Result<u8> {
        stream.write_u8(7).await?;
        stream.read_u8().await
    }

    #[tokio::test]
    async fn a_link_relays_stalls_cuts_and_heals() {
        let link = Link::open(free_port().await, echo().await.to_string()).await.unwrap();
        let mut stream = TcpStream::connect(link.address()).await.unwrap();
        assert_eq!(asks(&mut stream).await.unwrap(), 7);

        link.set(Flow::Paused).await;
        let held = tokio::time::timeout(Duration::from_millis(100), asks(&mut stream)).await;
        assert!(held.is_err(), "nothing comes back while paused");
        link.set(Flow::Open).await;
        assert_eq!(tokio::time::timeout(SOON, stream.read_u8()).await.unwrap().unwrap(), 7);

        link.set(Flow::Cut).await;
        let cut = tokio::time::timeout(SOON, stream.read_u8()).await.unwrap();
        assert!(cut.is_err(), "an open connection is reset");
        assert!(TcpStream::connect(link.address()).await.is_err(), "a new one is refused");

        link.set(Flow::Open).await;
        let mut stream = TcpStream::connect(link.address()).await.unwrap();
        assert_eq!(asks(&mut stream).await.unwrap(), 7);
    }
}
