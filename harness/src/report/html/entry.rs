//! One thing that happened, as a line of a timeline: when, at which service, what, and the evidence below it.

use harness_model::event::{Body, Exchange, Frame, Header};
use serde_json::Value;

use super::super::text::cut_and_counted;
use super::story::Places;

/// Characters of a line.
pub(super) const LINE_CHARS_MAX: usize = 180;
/// Characters of one piece of evidence.
const DETAIL_CHARS_MAX: usize = 4000;

/// One thing that happened.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) kind: Kind,
    /// On the run's clock.
    pub(super) at_ms: u64,
    /// Absent where it is a moment.
    pub(super) took_ms: Option<u64>,
    /// The service.
    pub(super) lane: String,
    /// The service behind the first one.
    pub(super) behind: Option<String>,
    pub(super) line: String,
    /// Title and text.
    pub(super) details: Vec<(&'static str, String)>,
}

/// What kind of thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Http,
    Sql,
    Redis,
    Frame,
    Call,
    Program,
    Snapshot,
    /// A step looked at a log.
    Looked,
    Log,
    Note,
    Seen,
}

impl Kind {
    pub(super) fn word(self) -> &'static str {
        match self {
            Kind::Http => "http",
            Kind::Sql => "sql",
            Kind::Redis => "redis",
            Kind::Frame => "frame",
            Kind::Call => "call",
            Kind::Program => "program",
            Kind::Snapshot => "snapshot",
            Kind::Looked => "looked",
            Kind::Log => "log",
            Kind::Note => "note",
            Kind::Seen => "seen",
        }
    }

    /// Whether the replay itself talked to the service.
    pub(super) fn is_traffic(self) -> bool {
        matches!(self, Kind::Http | Kind::Sql | Kind::Redis | Kind::Frame | Kind::Call)
    }
}

impl Entry {
    pub(super) fn new(kind: Kind) -> Self {
        let (lane, line) = (String::new(), String::new());
        Entry { kind, at_ms: 0, took_ms: None, lane, behind: None, line, details: Vec::new() }
    }

    fn at(kind: Kind, lane: &str, line: &str) -> Self {
        Entry { lane: lane.to_owned(), line: cut_and_counted(line, LINE_CHARS_MAX), ..Entry::new(kind) }
    }

    fn with(mut self, title: &'static str, text: &str) -> Self {
        if !text.is_empty() {
            self.details.push((title, cut_and_counted(text, DETAIL_CHARS_MAX)));
        }
        self
    }
}

/// An exchange as an entry; its time is the caller's business.
pub(super) fn of(exchange: &Exchange, places: &Places) -> Entry {
    let named = |name: &str| places.names.get(name).map_or(name.to_owned(), Clone::clone);
    match exchange {
        Exchange::Http { .. } => http(exchange, places),
        Exchange::Sql { on, statement, args, result } => {
            let entry = Entry::at(Kind::Sql, &named(on), &one_line(statement)).with("statement", statement);
            let args = Value::from(args.clone());
            entry.with("arguments", &pretty_unless_empty(&args)).with("result", &pretty(result))
        }
        Exchange::Redis { on, command, reply } => {
            let command = command.join(" ");
            Entry::at(Kind::Redis, &named(on), &command)
                .with("command", &command)
                .with("reply", &pretty(reply))
        }
        Exchange::Frames { connection, frames } => {
            Entry::at(Kind::Looked, connection, &format!("looked at {} frames", frames.len()))
        }
        Exchange::Call { who, asked, answered } => {
            let entry = Entry::at(Kind::Call, &named(who), &call(asked)).with("asked", &pretty(asked));
            entry.with("answered", &pretty_unless_empty(answered))
        }
        Exchange::Logs { service, lines } => {
            let entry = Entry::at(Kind::Looked, service, &format!("looked at {} log lines", lines.len()));
            entry.with("lines", &lines.join("\n"))
        }
        Exchange::Program { command, exit, stdout, stderr } => {
            let end = exit.map_or("ended by a signal".to_owned(), |code| format!("exit {code}"));
            let lane = command.first().map(String::as_str).unwrap_or_default();
            let entry = Entry::at(Kind::Program, lane, &format!("{} → {end}", command.join(" ")));
            entry.with("standard output", stdout).with("standard error", stderr)
        }
        Exchange::Snapshot { name, value } => {
            Entry::at(Kind::Snapshot, "snapshot", name).with("value", &pretty(value))
        }
    }
}

/// A frame as an entry.
pub(super) fn frame(connection: &str, frame: &Frame, at_ms: u64) -> Entry {
    let arrow = if frame.sent { "→" } else { "←" };
    let data = match &frame.data {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let line = format!("{arrow} {} {}", frame.name, one_line(&data));
    Entry { at_ms, ..Entry::at(Kind::Frame, connection, &line).with("frame", &pretty(&frame.data)) }
}

fn http(exchange: &Exchange, places: &Places) -> Entry {
    let Exchange::Http { identity, request, response, error } = exchange else {
        return Entry::new(Kind::Http);
    };
    let (authority, target) = split(&request.url);
    let host = request.headers.iter().find(|header| header.name == "host");
    let lane = places.doors.get(authority).map_or(authority, String::as_str);
    let behind = host.and_then(|host| places.doors.get(without_port(&host.value)));
    let came = match (response, error) {
        (Some(response), _) => response.status.to_string(),
        (None, error) => error.clone().unwrap_or_else(|| "no answer".to_owned()),
    };
    let line =
        format!("{} {} → {came}  as {identity}", request.method, cut_and_counted(target, LINE_CHARS_MAX / 2));
    let mut entry = Entry::at(Kind::Http, lane, &line)
        .with("request headers", &headers(&request.headers))
        .with("request body", &body(&request.body));
    entry.behind = behind.filter(|behind| *behind != lane).cloned();
    match response {
        Some(response) => entry
            .with("response headers", &headers(&response.headers))
            .with("response body", &body(&response.body)),
        None => entry,
    }
}

/// `host:port` and the rest.
fn split(url: &str) -> (&str, &str) {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()))
}

fn without_port(host: &str) -> &str {
    host.split(':').next().unwrap_or_default()
}

fn call(asked: &Value) -> String {
    match (asked.as_str(), asked["path"].as_str()) {
        (Some(text), _) => text.to_owned(),
        (None, Some(path)) => match &asked["with"] {
            Value::Null => path.to_owned(),
            with => format!("{path} {with}"),
        },
        (None, None) => asked.to_string(),
    }
}

fn headers(headers: &[Header]) -> String {
    headers.iter().map(|header| format!("{}: {}\n", header.name, header.value)).collect()
}

/// A body as text.
pub(super) fn body(body: &Body) -> String {
    match body {
        Body::Empty => String::new(),
        Body::Json(value) => pretty(value),
        Body::Text(text) => text.clone(),
        Body::Bytes { len, sha256 } => format!("({len} bytes, sha256 {sha256})"),
    }
}

fn pretty(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => serde_json::to_string_pretty(other).unwrap_or_default(),
    }
}

fn pretty_unless_empty(value: &Value) -> String {
    let is_empty = value.is_null() || value.as_array().is_some_and(Vec::is_empty);
    if is_empty { String::new() } else { pretty(value) }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
