//! `/__edge/...`: how a harness reads and scripts the edge.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::faults::FaultOrder;
use super::proxy::Body;
use super::state::State;

const PREFIX: &str = "/__edge/";
const BODY_BYTES_MAX: usize = 256 * 1024;

/// Whether the edge itself answers a path.
pub(super) fn is_control(path: &str) -> bool {
    path.starts_with(PREFIX)
}

/// Answers a control request.
pub(super) async fn answer(state: &State, request: Request<Incoming>) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let (status, value) = match route(state, &parts.method, parts.uri.path(), body).await {
        Ok(value) => (StatusCode::OK, value),
        Err((status, error)) => (status, json!({ "error": error })),
    };
    let body = Full::new(Bytes::from(value.to_string())).map_err(|never| match never {});
    let mut response = Response::new(body.boxed());
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// The host that unknown ones count as; none takes it back.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DefaultHost {
    host: Option<String>,
}

type Refusal = (StatusCode, String);

async fn route(state: &State, method: &Method, path: &str, body: Incoming) -> Result<Value, Refusal> {
    let path: Vec<&str> = path[PREFIX.len()..].split('/').collect();
    match (method.as_str(), path.as_slice()) {
        ("GET", ["health"]) => Ok(json!({ "status": "ok", "build": state.config.build })),
        ("GET", ["config"]) => Ok(state.shown()),
        ("POST", ["faults"]) => {
            let order: FaultOrder = read(body).await?;
            match order.problem() {
                Some(problem) => Err((StatusCode::BAD_REQUEST, problem.into())),
                None => Ok(json!({ "id": state.add_fault(order) })),
            }
        }
        ("DELETE", ["faults"]) => {
            state.clear_faults();
            done()
        }
        ("DELETE", ["faults", id]) => removed(id, |id| state.remove_fault(id)),
        ("POST", ["rules"]) => Ok(json!({ "id": state.add_rule(read(body).await?) })),
        ("DELETE", ["rules"]) => {
            state.clear_rules();
            done()
        }
        ("DELETE", ["rules", id]) => removed(id, |id| state.remove_rule(id)),
        ("PUT", ["limits"]) => {
            state.change_limits(&read(body).await?);
            done()
        }
        ("PUT", ["default_host"]) => {
            let order: DefaultHost = read(body).await?;
            state.set_default_host(order.host);
            done()
        }
        ("PUT", ["headers"]) => {
            state.inject(headers(read(body).await?)?);
            done()
        }
        ("POST", ["clear"]) => {
            state.clear();
            done()
        }
        _ => Err((StatusCode::NOT_FOUND, "no such control path".into())),
    }
}

fn done() -> Result<Value, Refusal> {
    Ok(json!({ "ok": true }))
}

fn removed(id: &str, remove: impl FnOnce(u64) -> bool) -> Result<Value, Refusal> {
    match id.parse().map(remove) {
        Ok(true) => done(),
        _ => Err((StatusCode::NOT_FOUND, format!("nothing has the id {id}"))),
    }
}

async fn read<T: DeserializeOwned>(body: Incoming) -> Result<T, Refusal> {
    let bad = |error: String| (StatusCode::BAD_REQUEST, error);
    let body = Limited::new(body, BODY_BYTES_MAX).collect().await.map_err(|error| bad(error.to_string()))?;
    serde_json::from_slice(&body.to_bytes()).map_err(|error| bad(error.to_string()))
}

fn headers(map: Map<String, Value>) -> Result<HeaderMap, Refusal> {
    let mut headers = HeaderMap::new();
    for (name, value) in map {
        let value = value.as_str().and_then(|value| HeaderValue::from_str(value).ok());
        match (name.parse::<HeaderName>(), value) {
            (Ok(name), Some(value)) => drop(headers.insert(name, value)),
            _ => return Err((StatusCode::BAD_REQUEST, format!("`{name}` is not a header"))),
        }
    }
    Ok(headers)
}
