//! What went over a wire, in the form that reports show and the run log keeps: always masked.

use std::time::Duration;

use harness_model::event::{self, Header, HttpRequest, HttpResponse};
use harness_model::replay::Facet;
use http::HeaderMap;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::http::{Exchange, Reply, Request};
use super::observed::Observed;
use super::secrets::Secrets;

/// A text longer than this is kept as length and digest.
const TEXT_BYTES_MAX: usize = 256 * 1024;

/// A request and what came of it, as an event shows them.
#[must_use]
pub fn http(identity: &str, request: &Request, exchange: &Exchange, secrets: &Secrets) -> event::Exchange {
    event::Exchange::Http {
        identity: identity.to_owned(),
        request: sent(request, secrets),
        response: exchange.as_ref().ok().map(|reply| received(reply, secrets)),
        error: exchange.as_ref().err().map(|error| secrets.mask(&error.to_string()).into_owned()),
    }
}

/// What expectations on an exchange are put on.
///
/// `error` takes the place of everything else when no response came.
#[must_use]
pub(crate) fn observe_http(exchange: &Exchange, streamed: bool) -> Observed {
    let reply = match exchange {
        Ok(reply) => reply,
        Err(error) => return Observed::nothing().with(Facet::Error, error.kind.word()),
    };
    let text = String::from_utf8_lossy(&reply.body);
    let parsed: Option<Value> = serde_json::from_str(&text).ok();
    let first = reply.chunks.first().map(|(at, _)| millis(*at));
    let mut observed = Observed::nothing()
        .with(Facet::Status, reply.status.as_u16())
        .with(Facet::Headers, header_tree(&reply.headers))
        .with(Facet::Took, millis(reply.took))
        .with(Facet::Size, reply.body.len())
        .maybe(Facet::FirstByte, first)
        .maybe(Facet::Json, parsed)
        .with(Facet::Text, text.as_ref())
        .with(Facet::Body, text.into_owned());
    if streamed {
        observed.set(Facet::Chunks, chunks(reply));
    }
    observed
}

/// Pieces of a streamed body as they came.
fn chunks(reply: &Reply) -> Value {
    let mut rest = reply.body.as_ref();
    let piece = |(at, len): &(Duration, usize)| {
        let (piece, more) = rest.split_at((*len).min(rest.len()));
        rest = more;
        json!({ "text": String::from_utf8_lossy(piece), "at_ms": millis(*at) })
    };
    reply.chunks.iter().map(piece).collect()
}

/// The SHA-256 of bytes in lower-case hex.
#[must_use]
pub fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// Header lines as a mapping; a name that came more than once holds the list of its values.
#[must_use]
pub fn header_tree(headers: &HeaderMap) -> Value {
    let mut tree = Map::new();
    for name in headers.keys() {
        let mut values: Vec<Value> =
            headers.get_all(name).iter().map(|value| text(value.as_bytes())).collect();
        let value = if values.len() == 1 { values.swap_remove(0) } else { Value::Array(values) };
        tree.insert(name.as_str().to_owned(), value);
    }
    Value::Object(tree)
}

/// Whole milliseconds.
#[must_use]
pub fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// A request, masked.
#[must_use]
pub fn sent(request: &Request, secrets: &Secrets) -> HttpRequest {
    HttpRequest {
        method: request.method.as_str().to_owned(),
        url: secrets.mask(&request.url()).into_owned(),
        headers: lines(&request.headers, secrets),
        body: match (request.body.in_memory(), request.body.len()) {
            (Some(bytes), _) => kept(bytes, secrets),
            (None, Some(len)) => {
                event::Body::Text(format!("(a form of {len} bytes, made while it was sent)"))
            }
            (None, None) => event::Body::Empty,
        },
    }
}

/// A response, masked.
#[must_use]
pub fn received(reply: &Reply, secrets: &Secrets) -> HttpResponse {
    HttpResponse {
        status: reply.status.as_u16(),
        headers: lines(&reply.headers, secrets),
        body: kept(&reply.body, secrets),
    }
}

fn lines(headers: &HeaderMap, secrets: &Secrets) -> Vec<Header> {
    let line = |(name, value): (&http::HeaderName, &http::HeaderValue)| Header {
        name: name.as_str().to_owned(),
        value: secrets.mask(&String::from_utf8_lossy(value.as_bytes())).into_owned(),
    };
    headers.iter().map(line).collect()
}

fn kept(bytes: &[u8], secrets: &Secrets) -> event::Body {
    if bytes.is_empty() {
        return event::Body::Empty;
    }
    let text = std::str::from_utf8(bytes).ok().filter(|text| text.len() <= TEXT_BYTES_MAX);
    let Some(text) = text else {
        return event::Body::Bytes { len: bytes.len() as u64, sha256: sha256(bytes) };
    };
    match serde_json::from_str::<Value>(text) {
        Ok(value) => event::Body::Json(secrets.mask_json(&value)),
        Err(_) => event::Body::Text(secrets.mask(text).into_owned()),
    }
}

fn text(bytes: &[u8]) -> Value {
    Value::from(String::from_utf8_lossy(bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::{HeaderValue, Method, StatusCode};
    use secrecy::SecretString;

    use super::*;
    use crate::engine::http::{Body, Read, Transport, TransportKind};

    fn reply(body: &'static [u8]) -> Reply {
        let mut headers = HeaderMap::new();
        headers.append("x-one", HeaderValue::from_static("1"));
        headers.append("x-two", HeaderValue::from_static("a"));
        headers.append("x-two", HeaderValue::from_static("b"));
        Reply {
            status: StatusCode::CREATED,
            headers,
            body: Bytes::from_static(body),
            chunks: Vec::new(),
            complete: true,
            took: Duration::from_millis(7),
        }
    }

    #[test]
    fn a_repeated_header_is_a_list_and_a_single_one_a_text() {
        let tree = observe_http(&Ok(reply(b"{\"a\":1}")), false).tree();
        assert_eq!(tree["headers"], json!({ "x-one": "1", "x-two": ["a", "b"] }));
        assert_eq!((&tree["status"], &tree["json"]), (&json!(201), &json!({ "a": 1 })));
    }

    #[test]
    fn a_transport_error_has_no_status_to_be_mistaken_for_one() {
        let error = Transport { kind: TransportKind::Refused, detail: "x".into() };
        assert_eq!(observe_http(&Err(error), false).tree(), json!({ "error": "refused" }));
    }

    #[test]
    fn no_secret_survives_in_a_recorded_exchange() {
        let secrets = Secrets::default();
        secrets.add("t", &SecretString::from("hunter2hunter2"));
        let mut headers = HeaderMap::new();
        headers.append("authorization", HeaderValue::from_static("Bearer hunter2hunter2"));
        let request = Request {
            method: Method::POST,
            base: "http://127.0.0.1:1".parse().unwrap(),
            target: "/x?token=hunter2hunter2".into(),
            headers,
            body: Body::bytes("{\"token\":\"hunter2hunter2\"}"),
            timeout: Duration::from_secs(1),
            read: Read::All,
        };
        for body in [&b"{\"echo\":[\"hunter2hunter2\"]}"[..], b"plain hunter2hunter2"] {
            let recorded = http("admin", &request, &Ok(reply(body)), &secrets);
            let text = serde_json::to_string(&recorded).unwrap();
            assert!(!secrets.leaks(&text), "{text}");
            assert_eq!(text.matches("[secret t]").count(), 4, "{text}");
        }
    }
}
