//! Sends requests and keeps connections open between them.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};

use super::body::Outgoing;
use super::link::Link;
use super::reply::{Exchange, Reply, Transport, TransportKind};
use super::request::{Read, Request};

/// A connection idle for longer is not used again: the other side may be about to close it, and an
/// effect whose connection breaks cannot be sent twice.
const IDLE_MAX: Duration = Duration::from_secs(4);
/// Idle connections kept per address.
const IDLE_LINKS_MAX: usize = 64;
/// More than this of a response is not kept; the step then fails, the machine does not.
const BODY_BYTES_MAX: usize = 256 * 1024 * 1024;

/// A client with its own pool of connections; one per running replay.
#[derive(Default)]
pub struct Client {
    idle: Mutex<HashMap<String, Vec<Link>>>,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Client")
    }
}

impl Client {
    /// Sends the request once and reads the reply.
    ///
    /// # Errors
    /// A [`Transport`] error when no whole response came; it never turns into a status.
    pub async fn send(&self, request: &Request) -> Exchange {
        let started = Instant::now();
        match timeout(request.timeout, self.exchange(request, started)).await {
            Ok(done) => done,
            Err(_) => Err(Transport::timed_out(request.timeout)),
        }
    }

    async fn exchange(&self, request: &Request, started: Instant) -> Exchange {
        let message = message(request)?;
        let address = address(request)?;
        let mut link = match self.take(&address).await {
            Some(link) => link,
            None => connect(&address).await?,
        };
        let response = link.send(message).await.map_err(|e| Transport::exchanging(&e))?;
        let (head, body) = response.into_parts();
        let read = read(&mut link, body, request.read).await?;
        if read.complete {
            self.put(address, link);
        }
        Ok(Reply {
            status: head.status,
            headers: head.headers,
            body: read.bytes,
            chunks: read.chunks,
            complete: read.complete,
            took: started.elapsed(),
        })
    }

    async fn take(&self, address: &str) -> Option<Link> {
        loop {
            let mut link = self.links().get_mut(address)?.pop()?;
            if link.idle_since.elapsed() < IDLE_MAX && link.reusable().await {
                return Some(link);
            }
        }
    }

    fn put(&self, address: String, mut link: Link) {
        link.idle_since = Instant::now();
        let mut idle = self.links();
        let links = idle.entry(address).or_default();
        if links.len() < IDLE_LINKS_MAX {
            links.push(link);
        }
    }

    fn links(&self) -> std::sync::MutexGuard<'_, HashMap<String, Vec<Link>>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn message(request: &Request) -> Result<http::Request<Outgoing>, Transport> {
    let unsendable = |e: &dyn std::error::Error| Transport::new(TransportKind::Request, e);
    let uri: http::Uri = request.target.parse().map_err(|e: http::uri::InvalidUri| unsendable(&e))?;
    let mut message = http::Request::new(request.body.stream());
    *message.method_mut() = request.method.clone();
    *message.uri_mut() = uri;
    *message.headers_mut() = request.headers.clone();
    Ok(message)
}

fn address(request: &Request) -> Result<String, Transport> {
    let refuse = |detail: String| Transport { kind: TransportKind::Request, detail };
    if request.base.scheme() != "http" {
        return Err(refuse(format!("scheme `{}` is not supported, only `http`", request.base.scheme())));
    }
    let host = request.base.host_str().ok_or_else(|| refuse(format!("`{}` has no host", request.base)))?;
    let port = request.base.port_or_known_default().unwrap_or(80);
    Ok(format!("{host}:{port}"))
}

async fn connect(address: &str) -> Result<Link, Transport> {
    let stream = TcpStream::connect(address).await.map_err(|e| Transport::connecting(&e))?;
    // Otherwise the kernel may hold a small request back for 40 ms.
    stream.set_nodelay(true).map_err(|e| Transport::connecting(&e))?;
    Link::over(stream).await.map_err(|e| Transport::exchanging(&e))
}

struct Received {
    bytes: Bytes,
    chunks: Vec<(Duration, usize)>,
    complete: bool,
}

async fn read(link: &mut Link, mut body: hyper::body::Incoming, plan: Read) -> Result<Received, Transport> {
    let started = Instant::now();
    let (chunks_max, deadline) = match plan {
        Read::All => (usize::MAX, None),
        Read::Stream { chunks_max, during } => (chunks_max, Some(started + during)),
    };
    let mut bytes = BytesMut::new();
    let mut chunks = Vec::new();
    let mut complete = false;
    while chunks.len() < chunks_max {
        let next = link.during(body.frame());
        let frame = match deadline {
            None => next.await,
            Some(deadline) => match timeout_at(deadline, next).await {
                Ok(frame) => frame,
                Err(_) => break,
            },
        };
        let Some(frame) = frame else {
            complete = true;
            break;
        };
        let frame = frame.map_err(|e| Transport::exchanging(&e))?;
        if let Some(data) = frame.data_ref() {
            chunks.push((started.elapsed(), data.len()));
            bytes.extend_from_slice(data);
        }
        if bytes.len() > BODY_BYTES_MAX {
            let detail = format!("the response is larger than {BODY_BYTES_MAX} bytes");
            return Err(Transport { kind: TransportKind::Malformed, detail });
        }
    }
    Ok(Received { bytes: bytes.freeze(), chunks, complete })
}
