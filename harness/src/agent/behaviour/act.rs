//! Turns a behaviour into an answer.

use std::{collections::BTreeMap, time::Duration};

use axum::{
    body::{Body, Bytes},
    response::Response,
};
use futures_util::{StreamExt, stream};
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    Behaviour, Manner,
    order::{RpcError, Stream, Trickle},
};

/// A small pause before a connection is cut, so that what was written leaves first.
const CUT_AFTER: Duration = Duration::from_millis(20);
/// Longest an unanswered call is held.
const HANG_MAX: Duration = Duration::from_secs(3600);

/// What happens on the connection.
pub(in crate::agent) enum Answer {
    /// An HTTP answer.
    Http(Response),
    /// The connection ends in order.
    Close,
    /// The connection ends with a reset.
    Reset,
}

/// A body that ends early.
#[derive(Debug, thiserror::Error)]
#[error("cut off on purpose")]
struct Cut;

/// The call that is answered.
pub(in crate::agent) struct Call<'c> {
    /// Its id, to be repeated.
    pub(in crate::agent) id: &'c Value,
    /// The text it brought.
    pub(in crate::agent) text: &'c str,
    /// Whether it asked for a stream of events.
    pub(in crate::agent) streams: bool,
}

/// Answers one JSON-RPC call.
pub(in crate::agent) async fn act(behaviour: Behaviour, call: Call<'_>) -> Answer {
    tokio::time::sleep(Duration::from_millis(behaviour.delay_ms)).await;
    let Call { id, text, streams } = call;
    let honest = |texts: &[String]| json_bytes(&message(id, texts, None, None));
    let echoed = [text.to_owned()];
    Answer::Http(match behaviour.manner {
        Manner::Reply { texts, .. } if streams => events(id, Stream { chunks: texts, gap_ms: 0 }),
        Manner::Echo if streams => events(id, Stream { chunks: echoed.into(), gap_ms: 0 }),
        Manner::Reply { texts, metadata, usage } => json_response(&message(id, &texts, metadata, usage)),
        Manner::Echo => json_response(&message(id, &echoed, None, None)),
        Manner::Result(result) => json_response(&json!({ "jsonrpc": "2.0", "id": id, "result": result })),
        Manner::Status { code, body, headers } => status(code, body, &headers),
        Manner::Busy | Manner::Refuse | Manner::Blackhole => return Answer::Close,
        Manner::Reset => return Answer::Reset,
        Manner::Hang => {
            tokio::time::sleep(HANG_MAX).await;
            return Answer::Close;
        }
        Manner::Truncate(bytes) => truncated(&honest(&echoed), bytes),
        Manner::Trickle(order) => trickled(honest(&echoed), &order),
        Manner::Big(bytes) => json_response(&message(id, &["x".repeat(bytes)], None, None)),
        Manner::Malformed => typed("application/json", Body::from("{\"jsonrpc\":\"2.0\",\"result\":")),
        Manner::JsonrpcError(error) => json_response(&rpc_error(id, error.code, &error.message)),
        Manner::Stream(order) => events(id, order),
    })
}

/// A JSON-RPC error. It travels inside HTTP 200, as every SDK does it.
pub(in crate::agent) fn rpc_error(id: &Value, code: i64, message: &str) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "error": RpcError { code, message: message.to_owned() } })
}

/// A 200 with JSON.
pub(in crate::agent) fn json_response(body: &Value) -> Response {
    typed("application/json", Body::from(json_bytes(body)))
}

fn json_bytes(body: &Value) -> Bytes {
    Bytes::from(serde_json::to_vec(body).expect("a JSON value can be written"))
}

fn typed(content_type: &'static str, body: Body) -> Response {
    let mut response = Response::new(body);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

fn message(id: &Value, texts: &[String], metadata: Option<Value>, usage: Option<Value>) -> Value {
    let parts: Vec<Value> = texts.iter().map(|text| json!({ "kind": "text", "text": text })).collect();
    let mut result = json!({
        "kind": "message", "role": "agent", "messageId": Uuid::new_v4().to_string(), "parts": parts,
    });
    for (key, value) in [("metadata", metadata), ("usage", usage)] {
        if let Some(value) = value {
            result[key] = value;
        }
    }
    json!({ "jsonrpc": "2.0", "id": id, "result": result })
}

fn status(code: u16, body: Option<Value>, headers: &BTreeMap<String, String>) -> Response {
    let mut response = match body {
        None => Response::new(Body::empty()),
        Some(Value::String(text)) => typed("text/plain; charset=utf-8", Body::from(text)),
        Some(json) => json_response(&json),
    };
    *response.status_mut() = StatusCode::from_u16(code).expect("the order's status was checked");
    for (name, value) in headers {
        if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), value.parse::<HeaderValue>()) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

fn truncated(whole: &Bytes, kept: usize) -> Response {
    let kept = whole.slice(..kept.min(whole.len().saturating_sub(1)));
    let cut = stream::once(async {
        tokio::time::sleep(CUT_AFTER).await;
        Err(Cut)
    });
    let mut response = typed("application/json", Body::from_stream(stream::iter([Ok(kept)]).chain(cut)));
    response.headers_mut().insert(header::CONTENT_LENGTH, whole.len().into());
    response
}

fn trickled(whole: Bytes, order: &Trickle) -> Response {
    let size = whole.len().div_ceil(order.chunks.max(1)).max(1);
    let pieces: Vec<Bytes> =
        (0..whole.len()).step_by(size).map(|at| whole.slice(at..(at + size).min(whole.len()))).collect();
    typed("application/json", paced(pieces, order.gap_ms))
}

/// One event per text; the last one says that it is final.
fn events(id: &Value, order: Stream) -> Response {
    let last = order.chunks.len().saturating_sub(1);
    let context = Uuid::new_v4().to_string();
    let event = |(index, text): (usize, &String)| {
        let state = if index == last { "completed" } else { "working" };
        let message = json!({
            "kind": "message", "role": "agent", "messageId": Uuid::new_v4().to_string(),
            "parts": [{ "kind": "text", "text": text }],
        });
        let event = json!({ "jsonrpc": "2.0", "id": id, "result": {
            "kind": "status-update", "taskId": context, "contextId": context,
            "status": { "state": state, "message": message }, "final": index == last,
        } });
        Bytes::from(format!("data: {event}\n\n"))
    };
    let pieces = order.chunks.iter().enumerate().map(event).collect();
    typed("text/event-stream", paced(pieces, order.gap_ms))
}

/// Headers at once, every piece after a pause.
fn paced(pieces: Vec<Bytes>, gap_ms: u64) -> Body {
    Body::from_stream(stream::iter(pieces).then(move |piece| async move {
        tokio::time::sleep(Duration::from_millis(gap_ms)).await;
        Ok::<_, Cut>(piece)
    }))
}
