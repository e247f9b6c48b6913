//! WebSockets.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::{SinkExt as _, StreamExt as _};
use http::{HeaderMap, HeaderValue};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::handshake::client::generate_key;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};
use url::Url;

use super::{Feed, Frame};
use crate::engine::http::{Transport, TransportKind};

/// Messages waiting to be sent.
const OUTBOX_MAX: usize = 64;

/// An open WebSocket; dropping it closes the connection.
#[derive(Debug)]
pub struct Socket {
    /// What has arrived and what was sent.
    pub feed: Feed,
    /// The header lines of the `101`.
    pub headers: HeaderMap,
    outbox: mpsc::Sender<Message>,
    task: JoinHandle<()>,
}

/// What came of the wish to open one.
#[derive(Debug)]
pub enum Handshake {
    /// It is open.
    Open(Socket),
    /// The server answered with an ordinary response.
    Refused {
        /// Its status.
        status: http::StatusCode,
        /// Its header lines.
        headers: HeaderMap,
        /// Its body.
        body: Vec<u8>,
    },
}

impl Socket {
    /// Asks the server to switch to a WebSocket.
    ///
    /// # Errors
    /// A [`Transport`] error when no answer came.
    pub async fn open(
        base: &Url,
        target: &str,
        headers: &HeaderMap,
        within: Duration,
    ) -> Result<Handshake, Transport> {
        match tokio::time::timeout(within, Self::shake(base, target, headers)).await {
            Ok(done) => done,
            Err(_) => Err(Transport {
                kind: TransportKind::Timeout,
                detail: format!("no answer within {within:?}"),
            }),
        }
    }

    async fn shake(base: &Url, target: &str, headers: &HeaderMap) -> Result<Handshake, Transport> {
        let host = base.host_str().unwrap_or_default();
        let address = format!("{host}:{}", base.port_or_known_default().unwrap_or(80));
        let stream = TcpStream::connect(&address).await.map_err(|e| Transport::connecting(&e))?;
        let request = request(&address, target, headers)?;
        match client_async(request, stream).await {
            Ok((socket, response)) => Ok(Handshake::Open(Self::start(socket, response.headers().clone()))),
            Err(Error::Http(response)) => {
                let (head, body) = response.into_parts();
                Ok(Handshake::Refused {
                    status: head.status,
                    headers: head.headers,
                    body: body.unwrap_or_default(),
                })
            }
            Err(other) => Err(Transport { kind: kind(&other), detail: other.to_string() }),
        }
    }

    fn start(socket: WebSocketStream<TcpStream>, headers: HeaderMap) -> Self {
        let feed = Feed::default();
        let (outbox, inbox) = mpsc::channel(OUTBOX_MAX);
        let task = tokio::spawn(pump(socket, inbox, feed.clone()));
        Self { feed, headers, outbox, task }
    }

    /// Sends a text frame. False when the connection has ended.
    pub async fn send_text(&self, text: String) -> bool {
        self.feed.push(Frame { sent: true, text: Some(text.clone()), ..Frame::default() });
        self.outbox.send(Message::text(text)).await.is_ok()
    }

    /// Closes in an orderly way.
    pub async fn close(&self, code: u16) {
        let frame = CloseFrame { code: code.into(), reason: "".into() };
        let _ = self.outbox.send(Message::Close(Some(frame))).await;
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn request(address: &str, target: &str, headers: &HeaderMap) -> Result<http::Request<()>, Transport> {
    // The library wants an absolute address; only path and query of it go on the wire.
    let mut request = http::Request::get(format!("ws://{address}{target}"))
        .body(())
        .map_err(|e| Transport { kind: TransportKind::Request, detail: e.to_string() })?;
    *request.headers_mut() = headers.clone();
    let fixed = [("connection", "Upgrade"), ("upgrade", "websocket"), ("sec-websocket-version", "13")];
    for (name, value) in fixed {
        request.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    let key = HeaderValue::from_str(&generate_key()).expect("base64 is a header value");
    request.headers_mut().insert("sec-websocket-key", key);
    if !headers.contains_key("host") {
        let host = HeaderValue::from_str(address).expect("an address is a header value");
        request.headers_mut().insert("host", host);
    }
    Ok(request)
}

fn kind(error: &Error) -> TransportKind {
    match error {
        Error::Io(_) | Error::ConnectionClosed | Error::AlreadyClosed => TransportKind::Closed,
        Error::Url(_) | Error::HttpFormat(_) => TransportKind::Request,
        _ => TransportKind::Protocol,
    }
}

async fn pump(mut socket: WebSocketStream<TcpStream>, mut inbox: mpsc::Receiver<Message>, feed: Feed) {
    loop {
        tokio::select! {
            outgoing = inbox.recv() => {
                let Some(message) = outgoing else { return };
                if let Err(error) = socket.send(message).await {
                    return feed.end(None, &error.to_string());
                }
            }
            incoming = socket.next() => match incoming {
                Some(Ok(message)) => {
                    if !note(&feed, message) {
                        return;
                    }
                }
                Some(Err(error)) => return feed.end(None, &error.to_string()),
                None => return feed.end(None, "the connection was closed"),
            }
        }
    }
}

fn note(feed: &Feed, message: Message) -> bool {
    let text = |text: String| Frame { text: Some(text), ..Frame::default() };
    match message {
        Message::Text(payload) => feed.push(text(payload.as_str().to_owned())),
        Message::Binary(bytes) => feed.push(text(STANDARD.encode(bytes))),
        Message::Close(frame) => {
            feed.end(frame.map(|frame| frame.code.into()), "the server closed the connection");
            // Polled on, so that the closing handshake is answered.
            true
        }
        // Keep-alive is the library's business, not a frame of the conversation.
        Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => true,
    }
}
