//! `POST /__agent/fetch`: one request from where the agents are, with nothing added to it.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use axum::{
    Json, Router,
    body::Bytes,
    response::{IntoResponse, Response},
    routing::post,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use http::{HeaderName, HeaderValue, Method, StatusCode};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::reply::{parse, refused};
use crate::agent::{
    host::Hosted,
    platform::{client, describe},
};

/// Longest answer that is passed on.
const REPLY_BYTES_MAX: usize = 64 * 1024 * 1024;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Order {
    url: String,
    #[serde(default = "get")]
    method: String,
    /// A list of values sends the header once for each.
    #[serde(default)]
    headers: BTreeMap<String, Values>,
    /// Text as it stands; anything else as JSON.
    #[serde(default)]
    body: Option<Value>,
    #[serde(default)]
    body_base64: Option<String>,
    #[serde(default = "timeout_ms")]
    timeout_ms: u64,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Values {
    One(String),
    Many(Vec<String>),
}

fn get() -> String {
    "GET".to_owned()
}

fn timeout_ms() -> u64 {
    30_000
}

pub(super) fn routes() -> Router<Arc<Hosted>> {
    Router::new().route("/__agent/fetch", post(handler))
}

async fn handler(body: Bytes) -> Response {
    let order: Order = match parse(&body) {
        Ok(order) => order,
        Err(refusal) => return *refusal,
    };
    let request = match request(order) {
        Ok(request) => request,
        Err(text) => return refused(StatusCode::BAD_REQUEST, text),
    };
    match request.send().await {
        Ok(reply) => relay(reply).await,
        // A failure of the transport is a result too; it has no status.
        Err(error) => Json(json!({ "status": null, "error": describe(&error) })).into_response(),
    }
}

fn request(order: Order) -> Result<reqwest::RequestBuilder, String> {
    let method: Method = order.method.parse().map_err(|_| format!("not a method: {}", order.method))?;
    let mut request = client().request(method, &order.url).timeout(Duration::from_millis(order.timeout_ms));
    for (name, values) in order.headers {
        let header: HeaderName = name.parse().map_err(|_| format!("not a header name: {name}"))?;
        let values = match values {
            Values::One(value) => vec![value],
            Values::Many(values) => values,
        };
        for value in values {
            let value: HeaderValue = value.parse().map_err(|_| format!("not a value for {name}"))?;
            request = request.header(header.clone(), value);
        }
    }
    Ok(match (order.body_base64, order.body) {
        (Some(text), _) => request.body(BASE64_STANDARD.decode(text).map_err(|error| error.to_string())?),
        (None, Some(Value::String(text))) => request.body(text),
        (None, Some(json)) => request.json(&json),
        (None, None) => request,
    })
}

async fn relay(reply: reqwest::Response) -> Response {
    let status = reply.status().as_u16();
    let mut headers: Map<String, Value> = Map::new();
    for (name, value) in reply.headers() {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        match headers.get_mut(name.as_str()) {
            Some(Value::String(before)) => *before = format!("{before}, {value}"),
            _ => drop(headers.insert(name.as_str().to_owned(), value.into())),
        }
    }
    let bytes = match reply.bytes().await {
        Ok(bytes) => bytes.slice(..bytes.len().min(REPLY_BYTES_MAX)),
        Err(error) => {
            return Json(json!({ "status": status, "headers": headers, "error": describe(&error) }))
                .into_response();
        }
    };
    let mut shown = json!({
        "status": status,
        "headers": headers,
        "json": serde_json::from_slice::<Value>(&bytes).ok(),
    });
    match std::str::from_utf8(&bytes) {
        Ok(text) => shown["body"] = json!(text),
        Err(_) => shown["body_base64"] = json!(BASE64_STANDARD.encode(&bytes)),
    }
    Json(shown).into_response()
}
