//! The orders that script an agent.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Body of `PUT .../behaviour`: a method, a number of calls, one manner of answering.
///
/// Without `times` the behaviour stands until another is set; with it, it is used for the next so
/// many calls, after those that were ordered before it. `delay` (milliseconds) may come before any
/// manner; alone it delays the default answer.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::agent) struct Order {
    /// JSON-RPC method; every method when absent.
    #[serde(default)]
    pub(super) on: Option<String>,
    #[serde(default)]
    pub(super) times: Option<u64>,
    #[serde(default)]
    delay: u64,
    #[serde(default)]
    reply: Option<Value>,
    #[serde(default)]
    metadata: Option<Value>,
    #[serde(default)]
    usage: Option<Value>,
    #[serde(default)]
    echo: bool,
    #[serde(default)]
    result: Option<Value>,
    #[serde(default)]
    status: Option<StatusForm>,
    #[serde(default)]
    body: Option<Value>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    busy: bool,
    #[serde(default)]
    reset: bool,
    #[serde(default)]
    hang: bool,
    #[serde(default)]
    truncate: Option<usize>,
    #[serde(default)]
    trickle: Option<Trickle>,
    #[serde(default)]
    big: Option<usize>,
    #[serde(default)]
    malformed: bool,
    #[serde(default)]
    jsonrpc_error: Option<RpcError>,
    #[serde(default)]
    stream: Option<Stream>,
    #[serde(default)]
    refuse: bool,
    #[serde(default)]
    blackhole: bool,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum StatusForm {
    Code(u16),
    Full {
        code: u16,
        #[serde(default)]
        body: Option<Value>,
    },
}

/// `trickle`: headers at once, then the honest body in so many pieces.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::agent) struct Trickle {
    pub(super) chunks: usize,
    pub(super) gap_ms: u64,
}

/// `stream`: server-sent events, one per text, the last one final.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::agent) struct Stream {
    pub(super) chunks: Vec<String>,
    #[serde(default)]
    pub(super) gap_ms: u64,
}

/// A JSON-RPC error inside HTTP 200.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::agent) struct RpcError {
    pub(super) code: i64,
    pub(super) message: String,
}

/// A manner of answering and the delay before it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(in crate::agent) struct Behaviour {
    pub(super) delay_ms: u64,
    pub(in crate::agent) manner: Manner,
}

/// The manners.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::agent) enum Manner {
    /// A message with this text; a list of texts makes as many parts.
    Reply { texts: Vec<String>, metadata: Option<Value>, usage: Option<Value> },
    /// The text that came.
    Echo,
    /// This JSON-RPC result, whatever its shape.
    Result(Value),
    /// An HTTP answer of its own.
    Status { code: u16, body: Option<Value>, headers: BTreeMap<String, String> },
    /// Read the request, close the socket: the caller sees the end of the stream.
    Busy,
    /// Close with a reset.
    Reset,
    /// Never answer.
    Hang,
    /// Promise the whole body, send so many bytes, close.
    Truncate(usize),
    /// See [`Trickle`].
    Trickle(Trickle),
    /// A reply of about this size.
    Big(usize),
    /// A body that is no JSON.
    Malformed,
    /// See [`RpcError`].
    JsonrpcError(RpcError),
    /// See [`Stream`].
    Stream(Stream),
    /// Nothing listens.
    Refuse,
    /// Something listens and never completes a connection.
    Blackhole,
}

impl Manner {
    /// The name that the journal shows.
    pub(in crate::agent) fn name(&self) -> &'static str {
        match self {
            Self::Reply { .. } => "reply",
            Self::Echo => "echo",
            Self::Result(_) => "result",
            Self::Status { .. } => "status",
            Self::Busy => "busy",
            Self::Reset => "reset",
            Self::Hang => "hang",
            Self::Truncate(_) => "truncate",
            Self::Trickle(_) => "trickle",
            Self::Big(_) => "big",
            Self::Malformed => "malformed",
            Self::JsonrpcError(_) => "jsonrpc_error",
            Self::Stream(_) => "stream",
            Self::Refuse => "refuse",
            Self::Blackhole => "blackhole",
        }
    }

    /// Whether it concerns the connection and not the message, so that any call meets it.
    pub(in crate::agent) fn is_of_transport(&self) -> bool {
        matches!(
            self,
            Self::Status { .. }
                | Self::Busy
                | Self::Reset
                | Self::Hang
                | Self::Malformed
                | Self::JsonrpcError(_)
        )
    }

    /// Whether it concerns the listening socket and not one answer.
    pub(in crate::agent) fn is_of_the_door(&self) -> bool {
        matches!(self, Self::Refuse | Self::Blackhole)
    }
}

impl Default for Behaviour {
    fn default() -> Self {
        Self { delay_ms: 0, manner: reply_of("ok") }
    }
}

fn reply_of(text: &str) -> Manner {
    Manner::Reply { texts: vec![text.to_owned()], metadata: None, usage: None }
}

impl Order {
    /// The behaviour that was ordered.
    pub(super) fn behaviour(self) -> Result<(Option<String>, Option<u64>, Behaviour), &'static str> {
        if self.times == Some(0) {
            return Err("times starts at 1");
        }
        let (on, times, delay_ms) = (self.on.clone(), self.times, self.delay);
        let mut manners = self.manners()?;
        let manner = match (manners.pop(), manners.is_empty()) {
            (Some(manner), true) => manner,
            (None, _) if delay_ms > 0 => Behaviour::default().manner,
            (None, _) => return Err("a behaviour must say how to answer"),
            (Some(_), false) => return Err("a behaviour has one manner of answering"),
        };
        if manner.is_of_the_door() && (on.is_some() || times.is_some()) {
            return Err("refuse and blackhole hold for every method until another behaviour is set");
        }
        Ok((on, times, Behaviour { delay_ms, manner }))
    }

    fn manners(self) -> Result<Vec<Manner>, &'static str> {
        if self.reply.is_none() && (self.metadata.is_some() || self.usage.is_some()) {
            return Err("metadata and usage belong to a reply");
        }
        if self.status.is_none() && (self.body.is_some() || !self.headers.is_empty()) {
            return Err("body and headers belong to a status");
        }
        let reply = match self.reply {
            None => None,
            Some(value) => {
                Some(Manner::Reply { texts: texts(value)?, metadata: self.metadata, usage: self.usage })
            }
        };
        let status = match self.status {
            None => None,
            Some(form) => Some(form.manner(self.body, self.headers)?),
        };
        let named = [
            reply,
            status,
            self.echo.then_some(Manner::Echo),
            self.result.map(Manner::Result),
            self.busy.then_some(Manner::Busy),
            self.reset.then_some(Manner::Reset),
            self.hang.then_some(Manner::Hang),
            self.truncate.map(Manner::Truncate),
            self.trickle.map(Manner::Trickle),
            self.big.map(Manner::Big),
            self.malformed.then_some(Manner::Malformed),
            self.jsonrpc_error.map(Manner::JsonrpcError),
            self.stream.map(Manner::Stream),
            self.refuse.then_some(Manner::Refuse),
            self.blackhole.then_some(Manner::Blackhole),
        ];
        Ok(named.into_iter().flatten().collect())
    }
}

fn texts(value: Value) -> Result<Vec<String>, &'static str> {
    match value {
        Value::String(text) => Ok(vec![text]),
        Value::Array(_) => serde_json::from_value(value).map_err(|_| "reply takes a text or a list of texts"),
        _ => Err("reply takes a text or a list of texts"),
    }
}

impl StatusForm {
    fn manner(
        self,
        beside: Option<Value>,
        headers: BTreeMap<String, String>,
    ) -> Result<Manner, &'static str> {
        let (code, body) = match self {
            Self::Code(code) => (code, beside),
            Self::Full { code, body } => (code, body.or(beside)),
        };
        if !(200..=599).contains(&code) {
            return Err("status must be between 200 and 599");
        }
        Ok(Manner::Status { code, body, headers })
    }
}
