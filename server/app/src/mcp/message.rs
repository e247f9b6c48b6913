//! One JSON-RPC message in, at most one out.

use serde_json::{Map, Value, json};
use thiserror::Error;

/// A message that was understood.
#[derive(Debug, PartialEq)]
pub(super) enum Incoming {
    /// It wants an answer.
    Request {
        /// Echoed with its type.
        id: Value,
        /// What is asked.
        method: String,
        /// Null when absent.
        params: Value,
    },
    /// A notification, or the client's answer to something: nothing is said back.
    Silent,
}

/// No message at all; the whole POST is refused.
#[derive(Debug, Error, PartialEq)]
pub enum Unreadable {
    /// Not JSON.
    #[error("parse error: {0}")]
    Parse(String),
    /// JSON, but not a JSON-RPC object.
    #[error("invalid request")]
    Invalid,
    /// Several at once would count as one for the limiter.
    #[error("batch requests are not supported")]
    Batch,
    /// The header names a revision that is not spoken here; holds the request's id.
    #[error("unsupported MCP-Protocol-Version")]
    Version(Value),
}

impl Unreadable {
    /// The JSON-RPC error of the refusal.
    pub fn body(&self) -> Value {
        let code = if matches!(self, Self::Parse(_)) { -32700 } else { -32600 };
        let id = if let Self::Version(id) = self { id.clone() } else { Value::Null };
        json!({ "jsonrpc": "2.0", "id": id, "error": { "code": code, "message": self.to_string() } })
    }
}

/// A request that was understood and failed.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// JSON-RPC code.
    pub code: i32,
    /// Public text.
    pub message: String,
}

impl Fault {
    /// No such method.
    pub fn method_not_found(method: &str) -> Self {
        Self { code: -32601, message: format!("method not found: {method}") }
    }

    /// The parameters make no sense.
    pub fn invalid_params(detail: &str) -> Self {
        Self { code: -32602, message: format!("invalid params: {detail}") }
    }

    /// A tool failed; its text is public.
    pub fn tool(message: impl Into<String>) -> Self {
        Self { code: -32000, message: message.into() }
    }
}

/// What goes back.
#[derive(Debug, PartialEq)]
pub enum Answer {
    /// HTTP 200 with this body.
    Reply(Value),
    /// HTTP 202 without a body.
    Accepted,
}

impl Answer {
    pub(super) fn reply(id: Value, outcome: Result<Value, Fault>) -> Self {
        Self::Reply(match outcome {
            Ok(result) => json!({ "jsonrpc": "2.0", "id": id, "result": result }),
            Err(Fault { code, message }) => {
                json!({ "jsonrpc": "2.0", "id": id, "error": { "code": code, "message": message } })
            }
        })
    }
}

impl Incoming {
    pub(super) fn parse(body: &[u8]) -> Result<Self, Unreadable> {
        let message = serde_json::from_slice(body).map_err(|error| Unreadable::Parse(error.to_string()))?;
        match message {
            Value::Object(message) => Self::of(message),
            Value::Array(_) => Err(Unreadable::Batch),
            _ => Err(Unreadable::Invalid),
        }
    }

    fn of(mut message: Map<String, Value>) -> Result<Self, Unreadable> {
        let id = message.remove("id").unwrap_or_default();
        match message.remove("method") {
            Some(Value::String(method)) => match id {
                Value::Null => Ok(Self::Silent),
                Value::String(_) | Value::Number(_) => {
                    Ok(Self::Request { id, method, params: message.remove("params").unwrap_or_default() })
                }
                _ => Err(Unreadable::Invalid),
            },
            None if message.contains_key("result") || message.contains_key("error") => Ok(Self::Silent),
            _ => Err(Unreadable::Invalid),
        }
    }

    pub(super) fn into_id(self) -> Value {
        match self {
            Self::Request { id, .. } => id,
            Self::Silent => Value::Null,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn refused(body: &str) -> Unreadable {
        Incoming::parse(body.as_bytes()).expect_err("refused")
    }

    #[test]
    fn a_message_is_sorted_by_its_id_and_method() {
        let request = |id: Value| Incoming::Request { id, method: "ping".into(), params: Value::Null };
        let table = [
            (r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#, Ok(request(json!(1)))),
            (r#"{"id":"a","method":"ping"}"#, Ok(request(json!("a")))),
            (r#"{"method":"notifications/initialized"}"#, Ok(Incoming::Silent)),
            (r#"{"id":null,"method":"ping"}"#, Ok(Incoming::Silent)),
            (r#"{"id":1,"result":{}}"#, Ok(Incoming::Silent)),
            (r#"{"id":1,"error":{}}"#, Ok(Incoming::Silent)),
            (r#"{"id":1}"#, Err(Unreadable::Invalid)),
            (r#"{"id":1,"method":7}"#, Err(Unreadable::Invalid)),
            (r#"{"id":{},"method":"ping"}"#, Err(Unreadable::Invalid)),
            ("7", Err(Unreadable::Invalid)),
            ("[]", Err(Unreadable::Batch)),
        ];
        for (body, expected) in table {
            assert_eq!(Incoming::parse(body.as_bytes()), expected, "{body}");
        }
    }

    /// Ledger: MEM-112.
    #[test]
    fn a_refusal_is_a_json_rpc_error_with_its_code() {
        let parse = refused("{").body();
        assert_eq!(parse["error"]["code"], -32700);
        assert!(parse["error"]["message"].as_str().expect("text").starts_with("parse error: "));
        assert_eq!(parse["id"], Value::Null);
        assert_eq!(refused("[{}]").body()["error"]["code"], -32600);
        assert_eq!(Unreadable::Version(json!(3)).body()["id"], 3);
    }

    proptest! {
        #[test]
        fn no_body_makes_it_panic(body in prop::collection::vec(any::<u8>(), 0..128)) {
            let _ = Incoming::parse(&body);
        }
    }
}
