//! What an agent answers on its own port.

pub(super) mod card;
mod disposition;
mod file_path;
mod file_read;
mod inbound_auth;
pub(super) mod ingest;
mod rpc;
mod safe_name;
mod transcript;

use std::sync::Arc;

use axum::{body::Body, response::Response};
use http::{Method, Request, StatusCode, request::Parts};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use serde_json::{Map, Value, json};

use super::{
    behaviour::{Answer, json_response},
    journal::Inbound,
    standin::Agent,
};

/// Largest JSON-RPC body.
const RPC_BYTES_MAX: usize = 32 * 1024 * 1024;

/// Answers one request.
pub(super) async fn answer(agent: &Arc<Agent>, request: Request<Incoming>) -> Answer {
    let (parts, body) = request.into_parts();
    match (&parts.method, parts.uri.path()) {
        (&Method::POST, "/") => {
            let Ok(body) = Limited::new(body, RPC_BYTES_MAX).collect().await else {
                return Answer::Http(refused(StatusCode::PAYLOAD_TOO_LARGE, "request body too large"));
            };
            let body = body.to_bytes();
            let json: Option<Value> = serde_json::from_slice(&body).ok();
            let method = json.as_ref().and_then(|json| json.get("method")).and_then(Value::as_str);
            let seen = json.clone().unwrap_or_else(|| String::from_utf8_lossy(&body).into_owned().into());
            let seq = note(agent, &parts, method, Some(seen));
            rpc::answer(agent, seq, json.as_ref()).await
        }
        (&Method::GET, "/.well-known/agent-card.json" | "/.well-known/agent.json") => {
            note(agent, &parts, None, None);
            Answer::Http(json_response(&card::of(agent)))
        }
        (&Method::GET, "/health") => {
            note(agent, &parts, None, None);
            Answer::Http(json_response(&json!({ "status": "ok" })))
        }
        (&Method::POST, "/internal/chat/uploads/ingest") => {
            note(agent, &parts, None, None);
            Answer::Http(ingest::answer(agent, &parts, body).await)
        }
        (&Method::GET, "/internal/file/read") => {
            note(agent, &parts, None, None);
            Answer::Http(file_read::answer(agent, &parts).await)
        }
        (&Method::GET, "/transcript") => {
            note(agent, &parts, None, None);
            Answer::Http(transcript::answer(agent, &parts))
        }
        _ => {
            note(agent, &parts, None, None);
            Answer::Http(refused(StatusCode::NOT_FOUND, "not found"))
        }
    }
}

/// Writes the request into the journal.
fn note(agent: &Agent, parts: &Parts, rpc: Option<&str>, body: Option<Value>) -> u64 {
    agent.journal().arrived(Inbound {
        seq: 0,
        ts: chrono::Utc::now(),
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: headers(parts),
        rpc: rpc.map(str::to_owned),
        body,
        behaviour: None,
    })
}

fn headers(parts: &Parts) -> Map<String, Value> {
    let mut shown = Map::new();
    for name in parts.headers.keys() {
        let values: Vec<String> = parts
            .headers
            .get_all(name)
            .iter()
            .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
            .collect();
        shown.insert(name.as_str().to_owned(), values.join(", ").into());
    }
    shown
}

/// `{"error": ...}` with a status.
pub(super) fn refused(status: StatusCode, error: &str) -> Response {
    let mut response = json_response(&json!({ "error": error }));
    *response.status_mut() = status;
    response
}

/// The value of one query key, percent-decoded.
pub(super) fn query_value(query: Option<&str>, key: &str) -> Option<String> {
    url::form_urlencoded::parse(query?.as_bytes())
        .find(|(name, _)| name == key)
        .map(|(_, value)| value.into_owned())
}

/// A 200 with a body.
fn ok(body: Body) -> Response {
    Response::new(body)
}
