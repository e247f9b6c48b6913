//! Sends requests and keeps connections open between them.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, StatusCode};
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

    /// Sends the request and waits for the response head only; the stream stays open.
    ///
    /// # Errors
    /// A [`Transport`] error when no head came in time.
    pub async fn open(&self, request: &Request) -> Result<Opened, Transport> {
        match timeout(request.timeout, self.begin(request)).await {
            Ok(opened) => Ok(opened?.1),
            Err(_) => Err(Transport::timed_out(request.timeout)),
        }
    }

    async fn begin(&self, request: &Request) -> Result<(String, Opened), Transport> {
        let message = message(request)?;
        let address = address(request)?;
        let mut link = match self.take(&address).await {
            Some(link) => link,
            None => connect(&address).await?,
        };
        let response = link.send(message).await.map_err(|e| Transport::exchanging(&e))?;
        let (head, body) = response.into_parts();
        Ok((address, Opened { status: head.status, headers: head.headers, link, body }))
    }

    async fn exchange(&self, request: &Request, started: Instant) -> Exchange {
        let (address, mut opened) = self.begin(request).await?;
        let read = read(&mut opened, request.read).await?;
        if read.complete {
            self.put(address, opened.link);
        }
        Ok(Reply {
            status: opened.status,
            headers: opened.headers,
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

/// A response whose body has not been read yet. Dropping it closes the connection.
pub struct Opened {
    /// The status.
    pub status: StatusCode,
    /// The header lines.
    pub headers: HeaderMap,
    link: Link,
    body: hyper::body::Incoming,
}

impl Opened {
    /// The next piece of the body; `None` at its end.
    ///
    /// # Errors
    /// A [`Transport`] error when the connection broke.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Transport> {
        loop {
            match self.link.during(self.body.frame()).await {
                None => return Ok(None),
                Some(Err(e)) => return Err(Transport::exchanging(&e)),
                Some(Ok(frame)) => {
                    if let Ok(data) = frame.into_data() {
                        return Ok(Some(data));
                    }
                }
            }
        }
    }
}

struct Received {
    bytes: Bytes,
    chunks: Vec<(Duration, usize)>,
    complete: bool,
}

async fn read(opened: &mut Opened, plan: Read) -> Result<Received, Transport> {
    let started = Instant::now();
    let (chunks_max, deadline) = match plan {
        Read::All => (usize::MAX, None),
        Read::Stream { chunks_max, during } => (chunks_max, Some(started + during)),
    };
    let mut bytes = BytesMut::new();
    let mut chunks = Vec::new();
    let mut complete = false;
    while chunks.len() < chunks_max {
        let next = opened.chunk();
        let chunk = match deadline {
            None => next.await?,
            Some(deadline) => match timeout_at(deadline, next).await {
                Ok(chunk) => chunk?,
                Err(_) => break,
            },
        };
        let Some(chunk) = chunk else {
            complete = true;
            break;
        };
        chunks.push((started.elapsed(), chunk.len()));
        bytes.extend_from_slice(&chunk);
        if bytes.len() > BODY_BYTES_MAX {
            let detail = format!("the response is larger than {BODY_BYTES_MAX} bytes");
            return Err(Transport { kind: TransportKind::Protocol, detail });
        }
    }
    Ok(Received { bytes: bytes.freeze(), chunks, complete })
}
