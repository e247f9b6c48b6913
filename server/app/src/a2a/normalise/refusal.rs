//! Why a body was refused, as the sender reads it.

use std::fmt;

use serde_json::{Value, json};
use thiserror::Error;

/// A body that no agent would accept.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum NormaliseError {
    /// Not JSON, not an object, or ambiguous.
    #[error("invalid JSON")]
    InvalidJson,
    /// The message lacks usable parts; `Display` is the plain text, [`Self::body`] the JSON-RPC error.
    #[error("{message}")]
    Refused {
        /// The sender's JSON-RPC id, null when it sent none.
        request_id: Value,
        /// What is wrong.
        field: Field,
        /// The sentence for people.
        message: String,
    },
}

impl NormaliseError {
    /// The reply body; the status is 400 in every case.
    pub fn body(&self) -> Value {
        match self {
            Self::InvalidJson => json!({ "error": "invalid JSON" }),
            Self::Refused { request_id, field, message } => json!({
                "jsonrpc": "2.0",
                "id": request_id,
                "error": { "code": -32602, "message": message, "data": { "field": field.to_string() } },
            }),
        }
    }
}

/// The field at fault, as a path in the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// The list of parts.
    Parts,
    /// One part.
    Part(usize),
    /// The v0.2 content.
    Content,
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Parts => f.write_str("params.message.parts"),
            Self::Part(index) => write!(f, "params.message.parts[{index}]"),
            Self::Content => f.write_str("params.message.content"),
        }
    }
}

/// What is wrong with a message, before it is known whom to answer.
pub(super) enum Fault {
    NoParts,
    ContentType(&'static str),
    Parts(Field, String),
}

impl Fault {
    pub(super) fn refuse(self, sender_id: &Value) -> NormaliseError {
        let (field, detail) = match self {
            Self::NoParts => {
                (Field::Parts, "is required (or params.message.content for v0.2 senders)".to_owned())
            }
            Self::ContentType(found) => {
                (Field::Content, format!("must be a string or a list of parts, got {found}"))
            }
            Self::Parts(field, detail) => (field, detail),
        };
        // JSON-RPC ids are strings or numbers; anything else must not be mirrored.
        let request_id =
            if sender_id.is_string() || sender_id.is_number() { sender_id.clone() } else { Value::Null };
        NormaliseError::Refused { request_id, field, message: format!("invalid params: {field} {detail}") }
    }
}
