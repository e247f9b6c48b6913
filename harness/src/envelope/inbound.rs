//! A row of the activity feed, read without trust.

use serde_json::Value;

use super::{Attribute, PeerId};

/// Who wrote the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The user, through the canvas: the row names no source.
    CanvasUser,
    /// Another workspace's agent.
    PeerAgent,
}

impl Kind {
    /// The word in the envelope.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::CanvasUser => "canvas_user",
            Self::PeerAgent => "peer_agent",
        }
    }
}

/// What a row says, as far as it can be believed.
#[derive(Clone, Debug)]
pub struct Inbound {
    kind: Kind,
    peer: Option<PeerId>,
    activity_id: Option<Attribute>,
    method: Option<Attribute>,
    ts: Option<Attribute>,
    text: String,
}

impl Inbound {
    /// Reads a row of any shape; what does not fit is absent afterwards.
    #[must_use]
    pub fn read(row: &Value) -> Self {
        let source = row.get("source_id");
        let text = |key: &str| row.get(key).and_then(Value::as_str);
        Self {
            kind: kind(source),
            peer: source.and_then(Value::as_str).and_then(PeerId::parse),
            activity_id: text("id").and_then(PeerId::parse).map(|id| Attribute::scrubbed(&id.to_string())),
            method: text("method")
                .and_then(|m| Attribute::exact(m, |c| c.is_ascii_alphanumeric() || "/_.-".contains(c))),
            ts: text("created_at")
                .and_then(|ts| Attribute::exact(ts, |c| c.is_ascii_digit() || "TZtz:+-.".contains(c))),
            text: message_text(row),
        }
    }

    /// Who wrote the message.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The peer to look up; a malformed id is none, so nothing can be looked up for it.
    #[must_use]
    pub fn peer(&self) -> Option<PeerId> {
        self.peer
    }

    /// The message.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Id of the row.
    #[must_use]
    pub fn activity_id(&self) -> Option<&Attribute> {
        self.activity_id.as_ref()
    }

    /// JSON-RPC method of the row.
    #[must_use]
    pub fn method(&self) -> Option<&Attribute> {
        self.method.as_ref()
    }

    /// Time of the row.
    #[must_use]
    pub fn ts(&self) -> Option<&Attribute> {
        self.ts.as_ref()
    }
}

/// A source that is there but malformed still came from a peer, not from the user.
fn kind(source: Option<&Value>) -> Kind {
    match source {
        None | Some(Value::Null) => Kind::CanvasUser,
        Some(Value::String(id)) if id.is_empty() => Kind::CanvasUser,
        Some(_) => Kind::PeerAgent,
    }
}

/// All text parts of the stored request, else its summary.
fn message_text(row: &Value) -> String {
    let message =
        row.pointer("/request_body/params/message").or_else(|| row.pointer("/request_body/message"));
    let parts = message.and_then(|message| message.get("parts")).and_then(Value::as_array);
    let texts: Vec<&str> = parts.into_iter().flatten().filter_map(part_text).collect();
    if texts.is_empty() {
        return row.get("summary").and_then(Value::as_str).unwrap_or_default().to_owned();
    }
    texts.join("\n")
}

/// The text of a part: kind or type `text`, or neither of the two.
fn part_text(part: &Value) -> Option<&str> {
    let kind = part.get("kind").or_else(|| part.get("type"));
    kind.is_none_or(|kind| kind == "text").then(|| part.get("text")?.as_str()).flatten()
}
