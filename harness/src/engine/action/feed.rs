//! `ws` and `sse`: a named connection that delivers frames.

use harness_model::event::Exchange;
use harness_model::matcher::Mismatch;
use harness_model::replay::action::{CloseFeed, Feed as Act, NeverSees, OpenFeed, Sees, SendFrame};
use harness_model::replay::{BoundCheck, Expectation, Facet};
use harness_model::template::as_text;
use harness_model::units::Time;
use harness_model::yaml::Span;
use http::Method;
use serde_json::Value;
use tokio::time::{Instant, timeout_at};

use super::WITHIN;
use super::http::{header_name, header_value, headers, place};
use crate::engine::http::{Body, Read, Request, Transport};
use crate::engine::judge::judge;
use crate::engine::observed::Observed;
use crate::engine::record::header_tree;
use crate::engine::scope::Scope;
use crate::engine::stream::sse::EventStream;
use crate::engine::stream::ws::{Handshake, Socket};
use crate::engine::stream::{Connection, Frame, Line};
use crate::engine::trouble::Trouble;

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
    let deadline = Instant::now() + within;
    let mut wanted = Vec::with_capacity(sees.frames.len());
    for frame in &sees.frames {
        wanted.push((bound(frame, scope).await?, frame.span));
    }
    let mut search = Search { wanted, found: Vec::new(), passed: Vec::new(), nearest: None };
    let mut changes = connection.feed().changes();
    let mut position = connection.looked();
    loop {
        let ended = connection.feed().ended().is_some();
        for frame in connection.feed().since(position) {
            if search.is_over() || (sees.nothing_else && !search.passed.is_empty()) {
                break;
            }
            position += 1;
            if !frame.sent {
                search.look(frame);
            }
        }
        let intruded = sees.nothing_else && !search.passed.is_empty();
        if search.is_over() || intruded || ended || timeout_at(deadline, changes.changed()).await.is_err() {
            break;
        }
    }
    connection.look_past(position);
    let mut observed = Observed::nothing();
    if !search.is_over() {
        let why = connection.feed().ended().unwrap_or_else(|| format!("not within {within:?}"));
        observed.mismatches = search.missing(&why);
    }
    let frames: Value = search.found.iter().map(|frame| frame.observed().tree()).collect();
    let all = connection.feed().since(0);
    Ok(observed.with(Facet::Frames, frames).seen_as(shown(&sees.on, &all, scope)))
}

/// The search for frames in order.
struct Search {
    wanted: Vec<(Vec<BoundCheck>, Span)>,
    found: Vec<Frame>,
    /// Frames since the last one found that are not the next one.
    passed: Vec<Frame>,
    /// How the frame that came nearest to the wanted one differs.
    nearest: Option<Vec<Mismatch>>,
}

impl Search {
    fn is_over(&self) -> bool {
        self.found.len() == self.wanted.len()
    }

    fn look(&mut self, frame: Frame) {
        let Some((checks, span)) = self.wanted.get(self.found.len()) else { return };
        let judgement = judge(checks, &frame.observed(), *span);
        if judgement.holds() {
            self.found.push(frame);
            self.passed.clear();
            self.nearest = None;
            return;
        }
        let nearer = self.nearest.as_ref().is_none_or(|nearest| judgement.mismatches.len() < nearest.len());
        if nearer {
            self.nearest = Some(judgement.mismatches);
        }
        self.passed.push(frame);
    }

    fn missing(&self, why: &str) -> Vec<Mismatch> {
        let (number, count) = (self.found.len() + 1, self.wanted.len());
        let span = self.wanted.get(self.found.len()).map(|(_, span)| *span).unwrap_or_default();
        let mut mismatches = vec![Mismatch {
            path: format!("frame {number} of {count}"),
            expected: format!("to come; {why}"),
            actual: Some(self.passed.iter().map(|frame| frame.observed().tree()).collect()),
            span,
            diff: None,
        }];
        for mismatch in self.nearest.iter().flatten() {
            let path = format!("frame {number}, nearest: {}", mismatch.path);
            mismatches.push(Mismatch { path, ..mismatch.clone() });
        }
        mismatches
    }
}

async fn never_sees(never: &NeverSees, scope: &Scope<'_>) -> Result<Observed, Trouble> {
    let connection = scope.session.connection(&never.on)?;
    let during = scope.typed(&never.during).await?.get();
    let deadline = Instant::now() + during;
    let checks = bound(&never.frame, scope).await?;
    let about_the_end = checks.iter().any(|check| check.facet == Facet::Closed);
    let mut changes = connection.feed().changes();
    let mut position = connection.looked();
    let mut observed = Observed::nothing();
    loop {
        for frame in connection.feed().since(position) {
            position += 1;
            let is_it = judge(&checks, &frame.observed(), never.span).holds();
            if is_it && !frame.sent {
                observed.mismatches.push(mismatch(never, "no such frame", frame.observed().tree()));
            }
        }
        if let Some(why) = connection.feed().ended().filter(|_| !about_the_end) {
            // On a dead line nothing can come: silence proves nothing.
            observed.mismatches.push(mismatch(never, "an open connection to look at", Value::from(why)));
        }
        if !observed.mismatches.is_empty() || timeout_at(deadline, changes.changed()).await.is_err() {
            break;
        }
    }
    let all = connection.feed().since(0);
    Ok(observed.seen_as(shown(&never.on, &all, scope)))
}

fn mismatch(never: &NeverSees, expected: &str, actual: Value) -> Mismatch {
    let path = format!("frames of {}", never.on);
    Mismatch { path, expected: expected.to_owned(), actual: Some(actual), span: never.span, diff: None }
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

async fn bound(expectation: &Expectation, scope: &Scope<'_>) -> Result<Vec<BoundCheck>, Trouble> {
    scope.render(|view| expectation.bind(view)).await
}

fn shown(name: &str, frames: &[Frame], scope: &Scope<'_>) -> Exchange {
    let last = frames.iter().skip(frames.len().saturating_sub(FRAMES_SHOWN));
    let frames = last.map(|frame| {
        let mut shown = frame.shown();
        shown.data = scope.session.secrets.mask_json(&shown.data);
        shown
    });
    Exchange::Frames { connection: name.to_owned(), frames: frames.collect() }
}
