//! Any accepted message body -> the one shape every agent understands.
//!
//! Done once at the edge, so that agents need no new SDK and a sender hears of a malformed message
//! in the answer to its own request. Agent SDKs refuse such messages inside an HTTP 200, which the
//! sender takes for success: that was the silent drop of #2345.
//!
//! Only what must change is rewritten. Values that stay are carried as raw JSON text ([`raw`]), so
//! number literals, unknown fields and escapes reach the agent as the sender wrote them, and a
//! body that is already canonical is forwarded byte for byte.

mod message;
mod raw;
mod refusal;

use bytes::Bytes;
use serde_json::Value;
#[cfg(feature = "witness")]
use server_types::seams::{self, Seam};
use uuid::Uuid;

use raw::RawObject;
pub use refusal::{Field, NormaliseError};

/// A body that may be sent to an agent; only [`normalise`] makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Normalised {
    bytes: Bytes,
    method: String,
    message_id: Option<String>,
    expires_in_secs: Option<u64>,
}

impl Normalised {
    /// The body as the agent receives it.
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// The same body as text; JSON is always UTF-8.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.bytes).expect("normalised bodies were parsed as JSON")
    }

    /// The JSON-RPC method, empty when the sender named none.
    pub fn method(&self) -> &str {
        &self.method
    }

    /// `params.message.messageId` when it is a non-empty string: the queue's idempotency key.
    pub fn message_id(&self) -> Option<&str> {
        self.message_id.as_deref()
    }

    /// `params.expires_in_seconds` when it is a positive integer: how long a queued copy may wait.
    pub fn expires_in_secs(&self) -> Option<u64> {
        self.expires_in_secs
    }
}

/// Normalises a message body, or says why no agent would accept it.
///
/// # Errors
/// [`NormaliseError::InvalidJson`] for anything but one JSON object without ambiguous keys,
/// [`NormaliseError::Refused`] for a message without usable parts.
pub fn normalise(body: Bytes) -> Result<Normalised, NormaliseError> {
    #[cfg(feature = "witness")]
    if seams::is_open(Seam::A2aTakesAnyBody) && !is_readable(&body) {
        return Ok(taken_as_it_is(&body));
    }
    let text = well_formed(&body)?;
    let mut envelope = RawObject::parse(text).ok_or(NormaliseError::InvalidJson)?;
    let sender_id = envelope.value("id");
    let is_bare = !envelope.has("jsonrpc");
    #[cfg(feature = "witness")]
    let is_bare = is_bare || seams::is_open(Seam::A2aWrapsEveryBody);
    if is_bare {
        envelope = wrap(&envelope);
    }
    let facts = canonicalise(&mut envelope, &sender_id)?;
    let method = envelope.value("method").as_str().unwrap_or_default().to_owned();
    let bytes = if envelope.changed() { Bytes::from(envelope.to_text()) } else { body };
    Ok(Normalised { bytes, method, message_id: facts.message_id, expires_in_secs: facts.expires_in_secs })
}

#[cfg(feature = "witness")]
fn is_readable(body: &[u8]) -> bool {
    well_formed(body).is_ok_and(|text| RawObject::parse(text).is_some())
}

/// What a server did that trusted its senders.
#[cfg(feature = "witness")]
fn taken_as_it_is(body: &[u8]) -> Normalised {
    let bytes = Bytes::from(String::from_utf8_lossy(body).into_owned());
    Normalised { bytes, method: String::new(), message_id: None, expires_in_secs: None }
}

/// Parses once in full: a lone surrogate, a number that no double holds or nesting beyond the
/// parser's limit is refused here, because the database and the event stream could not carry it.
fn well_formed(body: &[u8]) -> Result<&str, NormaliseError> {
    serde_json::from_slice::<Value>(body).map_err(|_| NormaliseError::InvalidJson)?;
    std::str::from_utf8(body).map_err(|_| NormaliseError::InvalidJson)
}

/// The JSON-RPC envelope around a bare `method` + `params` body; nothing else of it is kept.
fn wrap<'a>(bare: &RawObject<'a>) -> RawObject<'a> {
    let mut envelope = RawObject::default();
    envelope.set_value("jsonrpc", &Value::from("2.0"));
    envelope.set_value("id", &Value::from(Uuid::new_v4().to_string()));
    for key in ["method", "params"] {
        match bare.get(key) {
            Some(value) => envelope.set(key, value),
            None => envelope.set_value(key, &Value::Null),
        }
    }
    envelope
}

/// What the queue needs to know of a message.
#[derive(Default)]
struct Facts {
    message_id: Option<String>,
    expires_in_secs: Option<u64>,
}

/// Brings `params.message` into shape, if there is one; other methods pass unchecked.
fn canonicalise(envelope: &mut RawObject<'_>, sender_id: &Value) -> Result<Facts, NormaliseError> {
    let Some(mut params) = envelope.object("params")? else { return Ok(Facts::default()) };
    let mut facts = Facts {
        message_id: None,
        expires_in_secs: params.value("expires_in_seconds").as_u64().filter(|secs| *secs > 0),
    };
    let Some(mut message) = params.object("message")? else { return Ok(facts) };
    let shaped = message::canonicalise(&mut message);
    #[cfg(feature = "witness")]
    let shaped = if seams::is_open(Seam::A2aForwardsUnreadable) { Ok(()) } else { shaped };
    shaped.map_err(|fault| fault.refuse(sender_id))?;
    #[cfg(feature = "witness")]
    if seams::is_open(Seam::A2aLosesTheParts) {
        message.set_value("parts", &Value::from(Vec::<Value>::new()));
    }
    facts.message_id = message.value("messageId").as_str().filter(|id| !id.is_empty()).map(str::to_owned);
    if message.changed() {
        params.set_raw("message", message.to_raw());
        envelope.set_raw("params", params.to_raw());
    }
    Ok(facts)
}
