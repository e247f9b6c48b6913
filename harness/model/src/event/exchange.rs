//! What went over a wire, as it is shown and stored: requests, rows, frames, log lines.
//!
//! One variant per kind of peer. The engine fills these with masked text; nothing in a report looks
//! anywhere else for evidence.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One request and what came of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Exchange {
    /// An HTTP request.
    Http {
        /// Identity that sent it.
        identity: String,
        /// What was sent.
        request: HttpRequest,
        /// What came back; absent when nothing did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        response: Option<HttpResponse>,
        /// The transport error, when nothing came back.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        error: Option<String>,
    },
    /// A statement on a tenant's database.
    Sql {
        /// Name of the database.
        on: String,
        /// The statement.
        statement: String,
        /// Its arguments.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        args: Vec<Value>,
        /// Rows read, or the number of rows changed.
        result: Value,
    },
    /// A Redis command.
    Redis {
        /// Name of the server.
        on: String,
        /// The command and its arguments.
        command: Vec<String>,
        /// The reply.
        reply: Value,
    },
    /// Frames of a WebSocket or of a server-sent event stream.
    Frames {
        /// Name of the connection.
        connection: String,
        /// In the order of their arrival.
        frames: Vec<Frame>,
    },
    /// A call of a control interface: `stub`, `agent`, `edge`, `mcp`, `service`.
    Call {
        /// Who was called.
        who: String,
        /// The operation and its arguments.
        asked: Value,
        /// The answer.
        answered: Value,
    },
    /// Log lines of a service since the step began.
    Logs {
        /// Name of the service.
        service: String,
        /// The lines that were looked at.
        lines: Vec<String>,
    },
    /// A program that ran to its end.
    Program {
        /// Program and arguments.
        command: Vec<String>,
        /// Exit code; absent after a signal.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        exit: Option<i32>,
        /// Standard output.
        stdout: String,
        /// Standard error.
        stderr: String,
    },
    /// A value was compared with its stored snapshot.
    Snapshot {
        /// Name of the snapshot.
        name: String,
        /// The value, volatile parts redacted.
        value: Value,
    },
}

/// A header as it was sent or received; order and repetitions matter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Header {
    /// Lower-case name.
    pub name: String,
    /// Value; `‹masked›` where it was a secret.
    pub value: String,
}

/// An HTTP request as it was sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HttpRequest {
    /// Method.
    pub method: String,
    /// The whole address, query included.
    pub url: String,
    /// In the order sent.
    pub headers: Vec<Header>,
    /// What was sent.
    pub body: Body,
}

/// An HTTP response as it was received.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HttpResponse {
    /// Status code.
    pub status: u16,
    /// In the order received.
    pub headers: Vec<Header>,
    /// What was received.
    pub body: Body,
}

/// A body as far as it is worth keeping.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "as", content = "data", rename_all = "snake_case")]
pub enum Body {
    /// No byte.
    Empty,
    /// Parsed JSON.
    Json(Value),
    /// Anything readable.
    Text(String),
    /// Bytes that are not kept: their number and what they were, such as a generated file.
    Bytes {
        /// Number of bytes.
        len: u64,
        /// Hex SHA-256.
        sha256: String,
    },
}

/// One frame of a stream.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Frame {
    /// Milliseconds since the connection was opened.
    pub at_ms: u64,
    /// True when the harness sent it.
    #[serde(default)]
    pub sent: bool,
    /// Event name (server-sent events) or frame type (WebSocket: `text`, `binary`, `close`).
    pub name: String,
    /// The payload, parsed when it is JSON.
    pub data: Value,
}
