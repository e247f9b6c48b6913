//! `ws` and `sse`: a named connection that delivers frames.

use std::ops::Range;
use std::time::Duration;

use harness_model::event::{Exchange, Looked, Window};
use harness_model::replay::Facet;
use harness_model::replay::action::{CloseFeed, Feed as Act, NeverSees, OpenFeed, Sees, SendFrame};
use harness_model::template::as_text;
use harness_model::units::Time;
use http::Method;
use serde_json::Value;
use tokio::time::{Instant, timeout_at};

use super::WITHIN;
use super::http::{header_name, header_value, headers, place};
use crate::engine::http::{Body, Read, Request, Transport};
use crate::engine::observed::Observed;
use crate::engine::record::{header_tree, millis};
use crate::engine::scope::Scope;
use crate::engine::stream::sse::EventStream;
use crate::engine::stream::ws::{Handshake, Socket};
use crate::engine::stream::{Connection, Frame, Line};
use crate::engine::trouble::Trouble;
use crate::engine::window::{self, Search};

/// Frames shown in a report.
const FRAMES_SHOWN: usize = 20;

/// Which protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// `ws`.
    WebSocket,
    /// `sse`.
    EventStream,
}

pub(super) async fn run(act: &Act, kind: Kind, scope: &Scope<'_>) -> Result<Observed, Trouble> {
    match act {
        Act::Open(open) => self::open(open, kind, scope).await,
        Act::Sees(sees) => self::sees(sees, scope).await,
        Act::NeverSees(never) => never_sees(never, scope).await,
        Act::Send(frame) => send(frame, scope).await,
        Act::Close(close) => self::close(close, scope).await,
    }
}

async fn open(open: &OpenFeed, kind: Kind, scope: &Scope<'_>) -> Result<Observed, Trouble> {
    let caller = match &open.identity {
        Some(identity) => Some(scope.caller(identity).await?),
        None => None,
    };
    let (base, target) = place(&scope.text(&open.path).await?, caller.as_ref())?;
    let mut headers = headers(&base, caller.as_ref())?;
    for (name, value) in open.headers.iter() {
        headers.append(header_name(name)?, header_value(&scope.text(value).await?)?);
    }
    let timeout = scope.maybe(open.timeout.as_ref()).await?.map_or(WITHIN, Time::get);
    let opened = match kind {
        Kind::WebSocket => socket(Socket::open(&base, &target, &headers, timeout).await),
        Kind::EventStream => {
            let (method, body, read) = (Method::GET, Body::empty(), Read::All);
            let request = Request { method, base, target, headers, body, timeout, read };
            stream(EventStream::open(&scope.session.client, &request).await)
        }
    };
    let (observed, line) = opened;
    if let Some(line) = line {
        scope.session.keep(&open.name, Connection::new(line));
    }
    let exchange = Exchange::Call {
        who: open.name.clone(),
        asked: Value::from(format!("open {}", open.path)),
        answered: scope.session.secrets.mask_json(&observed.tree()),
    };
    Ok(observed.seen_as(exchange))
}

fn socket(shaken: Result<Handshake, Transport>) -> (Observed, Option<Line>) {
    match shaken {
        Ok(Handshake::Open(socket)) => {
            let observed = Observed::nothing()
                .with(Facet::Status, 101)
                .with(Facet::Headers, header_tree(&socket.headers));
            (observed, Some(Line::Ws(socket)))
        }
        Ok(Handshake::Refused { status, headers, body }) => {
            let observed = Observed::nothing()
                .with(Facet::Status, status.as_u16())
                .with(Facet::Headers, header_tree(&headers))
                .with(Facet::Body, String::from_utf8_lossy(&body).into_owned());
            (observed, None)
        }
        Err(error) => (Observed::nothing().with(Facet::Error, error.kind.word()), None),
    }
}

fn stream(opened: Result<EventStream, Transport>) -> (Observed, Option<Line>) {
    match opened {
        Ok(stream) => {
            let observed = Observed::nothing()
                .with(Facet::Status, stream.status.as_u16())
                .with(Facet::Headers, header_tree(&stream.headers));
            (observed, Some(Line::Sse(stream)))
        }
        Err(error) => (Observed::nothing().with(Facet::Error, error.kind.word()), None),
    }
}

async fn sees(sees: &Sees, scope: &Scope<'_>) -> Result<Observed, Trouble> {
    let connection = scope.session.connection(&sees.on)?;
    let within = scope.typed(&sees.within).await?.get();
    let looking = Looking::begin(&connection, within);
    let (wanted, bound) = scope.render(|view| window::bind_all(&sees.frames, view)).await?;
    let mut search = Search::of(sees, &wanted);
    let mut changes = connection.feed().changes();
    let mut position = looking.start;
    loop {
        let ended = connection.feed().ended().is_some();
        for frame in connection.feed().since(position) {
            if search.is_over() {
                break;
            }
            position += 1;
            if !frame.sent {
                search.look(frame.observed().facets());
            }
        }
        if search.is_over() || ended || timeout_at(looking.deadline, changes.changed()).await.is_err() {
            break;
        }
    }
    connection.look_past(position);
    let mut observed = Observed::nothing();
    let why = connection.feed().ended().unwrap_or_else(|| format!("not within {within:?}"));
    observed.mismatches = search.missing(&why);
    observed.bound = bound;
    observed.window = Some(looking.window(&connection, looking.start..position));
    let all = connection.feed().since(0);
    Ok(observed.with(Facet::Frames, search.into_found()).seen_as(shown(&sees.on, &all, scope)))
}

/// A step that has begun to look at the frames of a connection.
struct Looking {
    start: usize,
    from_ms: u64,
    during: Duration,
    deadline: Instant,
}

impl Looking {
    fn begin(connection: &Connection, during: Duration) -> Self {
        let (start, from_ms) = (connection.looked(), connection.feed().clock_ms());
        Self { start, from_ms, during, deadline: Instant::now() + during }
    }

    /// Some of the frames, as a judge needs them.
    fn window(&self, connection: &Connection, positions: Range<usize>) -> Window {
        let frames = connection.feed().since(positions.start);
        let looked = frames.iter().take(positions.len()).filter(|frame| !frame.sent);
        let frames: Vec<_> = looked
            .map(|frame| Looked { at_ms: frame.at_ms, frame: frame.observed().facets().clone() })
            .collect();
        let last_ms = frames.last().map_or(0, |frame| frame.at_ms);
        let until_ms = last_ms.max(self.from_ms + millis(self.during));
        Window { frames, from_ms: self.from_ms, until_ms, ended: connection.feed().ended() }
    }
}

async fn never_sees(never: &NeverSees, scope: &Scope<'_>) -> Result<Observed, Trouble> {
    let connection = scope.session.connection(&never.on)?;
    let during = scope.typed(&never.during).await?.get();
    let looking = Looking::begin(&connection, during);
    let (checks, bound) = scope.render(|view| window::bind(&never.frame, view)).await?;
    let mut changes = connection.feed().changes();
    let mut observed = Observed::nothing();
    observed.bound = bound;
    let mut position = looking.start;
    loop {
        let end = connection.feed().len();
        let news = looking.window(&connection, position..end);
        position = end;
        observed.mismatches = window::intruders(never, &checks, &news);
        let is_over = !observed.mismatches.is_empty();
        if is_over || timeout_at(looking.deadline, changes.changed()).await.is_err() {
            break;
        }
    }
    observed.window = Some(looking.window(&connection, looking.start..position));
    let all = connection.feed().since(0);
    Ok(observed.seen_as(shown(&never.on, &all, scope)))
}

async fn send(frame: &SendFrame, scope: &Scope<'_>) -> Result<Observed, Trouble> {
    let connection = scope.session.connection(&frame.on)?;
    let text = as_text(&scope.value(&frame.frame).await?);
    let Line::Ws(socket) = connection.line() else {
        return Err(Trouble::new(format!("`{}` is no WebSocket: nothing can be sent over it", frame.on)));
    };
    let observed = Observed::nothing();
    if socket.send_text(text).await { Ok(observed) } else { Ok(observed.with(Facet::Error, "closed")) }
}

async fn close(close: &CloseFeed, scope: &Scope<'_>) -> Result<Observed, Trouble> {
    let connection = scope.session.connection(&close.on)?;
    let code = scope.maybe(close.code.as_ref()).await?.unwrap_or(1000);
    if let Line::Ws(socket) = connection.line() {
        let mut changes = connection.feed().changes();
        socket.close(code).await;
        let deadline = Instant::now() + WITHIN;
        while connection.feed().ended().is_none() && timeout_at(deadline, changes.changed()).await.is_ok() {}
    }
    scope.session.forget(&close.on);
    Ok(Observed::nothing())
}

fn shown(name: &str, frames: &[Frame], scope: &Scope<'_>) -> Exchange {
    let came: Vec<_> = frames.iter().filter(|frame| !frame.sent).map(|frame| frame.shown().data).collect();
    scope.session.secrets.add_split(&came);
    let last = frames.iter().skip(frames.len().saturating_sub(FRAMES_SHOWN));
    let frames = last.map(|frame| {
        let mut shown = frame.shown();
        shown.data = scope.session.secrets.mask_json(&shown.data);
        shown
    });
    Exchange::Frames { connection: name.to_owned(), frames: frames.collect() }
}
