//! A relay in front of a service that a replay disturbs.
//!
//! Worlds share clusters and the Redis: pausing the real one would reach every other world. A
//! world that disturbs a service reaches it through a link of its own, which can stall, be cut
//! and heal. Worlds that disturb nothing pay nothing.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::Instant;

use crate::world::{Flow, WorldError};

/// Whether a link listens right now.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Listening {
    Yes,
    No,
    /// It was healed, and its address could not be had back.
    Failed(String),
}

/// A running link; it ends when dropped.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    address: SocketAddr,
    target: Arc<OnceLock<String>>,
    flow: Arc<watch::Sender<Flow>>,
    listening: watch::Receiver<Listening>,
}

impl Link {
    /// Listens at an address and relays to where it is aimed.
    ///
    /// Bytes are held back for a random while of at most `latency`.
    pub(crate) async fn open(address: SocketAddr, latency: Duration) -> Result<Self, WorldError> {
        let listener = listen(address).await?;
        let flow = Arc::new(watch::Sender::new(Flow::Open));
        let (tell, listening) = watch::channel(Listening::Yes);
        let target = Arc::new(OnceLock::new());
        let far = Far { target: target.clone(), latency };
        tokio::spawn(run(listener, address, far, flow.subscribe(), tell));
        Ok(Self { address, target, flow, listening })
    }

    /// Says where to relay to, `host:port`; the first word counts. Until then it hangs up on who connects.
    pub(crate) fn aim(&self, target: &str) {
        let _ = self.target.set(target.to_owned());
    }

    /// Where to connect.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Changes what happens to bytes; returns when it has taken effect.
    ///
    /// # Errors
    /// When the address of a link that was cut is taken by a stranger.
    pub(crate) async fn set(&self, flow: Flow) -> Result<(), WorldError> {
        self.flow.send_replace(flow);
        let mut listening = self.listening.clone();
        let wanted = |now: &Listening| (*now == Listening::No) == (flow == Flow::Cut);
        // An error says that the link has ended: then nothing flows either.
        let Ok(now) = listening.wait_for(wanted).await else { return Ok(()) };
        match &*now {
            Listening::Failed(why) => Err(WorldError::Usage(format!("the link cannot be healed: {why}"))),
            Listening::Yes | Listening::No => Ok(()),
        }
    }
}

/// How long a link asks for its address. A child that is forked while a link is cut holds a copy of its listener for
/// the moment until it becomes another program.
const LISTENS_WITHIN: Duration = Duration::from_secs(2);

async fn listen(address: SocketAddr) -> Result<TcpListener, WorldError> {
    let deadline = Instant::now() + LISTENS_WITHIN;
    let bound = loop {
        match TcpListener::bind(address).await {
            Err(error) if error.kind() == ErrorKind::AddrInUse && Instant::now() < deadline => {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            bound => break bound,
        }
    };
    bound.map_err(WorldError::io(format!("listen at {address}")))
}

async fn run(
    listener: TcpListener,
    address: SocketAddr,
    far: Far,
    mut flow: watch::Receiver<Flow>,
    tell: watch::Sender<Listening>,
) {
    let mut listener = Some(listener);
    loop {
        let now = *flow.borrow_and_update();
        if now == Flow::Cut {
            listener = None;
            tell.send_replace(Listening::No);
        } else if listener.is_none() {
            let again = listen(address).await;
            let now =
                again.as_ref().map_or_else(|error| Listening::Failed(error.to_string()), |_| Listening::Yes);
            listener = again.ok();
            tell.send_replace(now);
        }
        tokio::select! {
            accepted = accept(listener.as_ref()) => {
                tokio::spawn(relay(accepted, far.clone(), flow.clone()));
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

/// What is behind the link, and how far away.
#[derive(Clone)]
struct Far {
    target: Arc<OnceLock<String>>,
    latency: Duration,
}

async fn relay(near: TcpStream, behind: Far, flow: watch::Receiver<Flow>) {
    let Some(target) = behind.target.get() else { return };
    let Ok(far) = TcpStream::connect(target).await else { return };
    let latency = behind.latency;
    let _ = (near.set_nodelay(true), far.set_nodelay(true));
    // A cut is a reset, not a farewell.
    let _ = (near.set_zero_linger(), far.set_zero_linger());
    let (near_in, near_out) = near.into_split();
    let (far_in, far_out) = far.into_split();
    let mut cut = flow.clone();
    tokio::select! {
        ((), ()) = async {
            let there = copy(near_in, far_out, flow.clone(), latency);
            tokio::join!(there, copy(far_in, near_out, flow.clone(), latency))
        } => {}
        _ = cut.wait_for(|flow| *flow == Flow::Cut) => {}
    }
}

/// Copies until the end, waiting while paused.
async fn copy(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut flow: watch::Receiver<Flow>,
    latency: Duration,
) {
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        if !latency.is_zero() {
            tokio::time::sleep(latency.mul_f64(rand::random::<f64>())).await;
        }
        if travel(&mut flow).await.is_err() {
            return;
        }
        if to.write_all(&buffer[..count]).await.is_err() {
            return;
        }
    }
    let _ = to.shutdown().await;
}

/// Waits as long as bytes are under way, also where that changes meanwhile.
async fn travel(flow: &mut watch::Receiver<Flow>) -> Result<(), watch::error::RecvError> {
    let read = Instant::now();
    loop {
        let now = *flow.borrow_and_update();
        match now {
            Flow::Open => return Ok(()),
            Flow::Slow(by) => tokio::select! {
                () = tokio::time::sleep_until(read + by) => return Ok(()),
                changed = flow.changed() => changed?,
            },
            Flow::Paused | Flow::Cut => flow.changed().await?,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;
    use crate::backend::process::places;
    use crate::backend::process::ports::Ports;

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

    /// An address that nobody else takes while the link is cut.
    fn leased() -> (Ports, SocketAddr) {
        let ports = Ports::new(&places::ports()).unwrap();
        let port = ports.take().unwrap();
        (ports, (Ipv4Addr::LOCALHOST, port).into())
    }

    /// A link to a server that echoes.
    async fn link() -> (Ports, Link) {
        let (ports, address) = leased();
        let link = Link::open(address, Duration::ZERO).await.unwrap();
        link.aim(&echo().await.to_string());
        (ports, link)
    }

    async fn asks(stream: &mut TcpStream) -> std::io::Result<u8> {
        stream.write_u8(7).await?;
        stream.read_u8().await
    }

    #[tokio::test]
    async fn a_link_relays_stalls_cuts_and_heals() {
        let (_lease, link) = link().await;
        let mut stream = TcpStream::connect(link.address()).await.unwrap();
        assert_eq!(asks(&mut stream).await.unwrap(), 7);

        link.set(Flow::Paused).await.unwrap();
        let held = tokio::time::timeout(Duration::from_millis(100), asks(&mut stream)).await;
        assert!(held.is_err(), "nothing comes back while paused");
        link.set(Flow::Open).await.unwrap();
        assert_eq!(tokio::time::timeout(SOON, stream.read_u8()).await.unwrap().unwrap(), 7);

        link.set(Flow::Cut).await.unwrap();
        let cut = tokio::time::timeout(SOON, stream.read_u8()).await.unwrap();
        assert!(cut.is_err(), "an open connection is reset");
        assert!(TcpStream::connect(link.address()).await.is_err(), "a new one is refused");

        link.set(Flow::Open).await.unwrap();
        let mut stream = TcpStream::connect(link.address()).await.unwrap();
        assert_eq!(asks(&mut stream).await.unwrap(), 7);
    }

    #[tokio::test]
    async fn a_slow_link_delivers_late_and_what_is_under_way_arrives_when_it_heals() {
        let (_lease, link) = link().await;
        let mut stream = TcpStream::connect(link.address()).await.unwrap();
        link.set(Flow::Slow(Duration::from_hours(1))).await.unwrap();
        let held = tokio::time::timeout(Duration::from_millis(100), asks(&mut stream)).await;
        assert!(held.is_err(), "nothing comes back for an hour");
        link.set(Flow::Slow(Duration::from_millis(1))).await.unwrap();
        assert_eq!(tokio::time::timeout(SOON, stream.read_u8()).await.unwrap().unwrap(), 7);
        assert_eq!(tokio::time::timeout(SOON, asks(&mut stream)).await.unwrap().unwrap(), 7);
    }

    #[tokio::test]
    async fn a_link_whose_address_was_taken_says_so_when_it_is_healed() {
        let (_lease, link) = link().await;
        link.set(Flow::Cut).await.unwrap();
        let _stranger = TcpListener::bind(link.address()).await.unwrap();
        let failed = link.set(Flow::Open).await.unwrap_err().to_string();
        assert!(failed.contains(&link.address().to_string()), "{failed}");
    }
}
