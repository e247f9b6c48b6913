//! Which browser origins may call: an exact list, judged before any handler.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use server_app::Config;

use super::Edge;

const ALLOW_METHODS: &str = "GET,POST,PUT,PATCH,DELETE,OPTIONS";
const ALLOW_HEADERS: &str = "Origin,Content-Type,X-Workspace-Id,Authorization";
const PREFLIGHT_VARY: &str = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers";

/// Answers preflights, refuses foreign origins, names the allowed one on the way back.
pub async fn layer(State(edge): State<Edge>, request: Request, next: Next) -> Response {
    let Some(origin) = request.headers().get(header::ORIGIN).cloned() else { return next.run(request).await };
    if is_own_host(&origin, request.headers()) || is_socket_upgrade(&request) {
        return next.run(request).await;
    }
    if !origin.to_str().is_ok_and(|origin| edge.app.config.cors.allows(origin)) {
        return StatusCode::FORBIDDEN.into_response();
    }
    if request.method() == Method::OPTIONS {
        return preflight(origin);
    }
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    allow(headers, origin);
    headers.append(header::VARY, HeaderValue::from_static("Origin"));
    response
}

fn preflight(origin: HeaderValue) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    let headers = response.headers_mut();
    allow(headers, origin);
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(ALLOW_METHODS));
    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static(ALLOW_HEADERS));
    headers.insert(header::VARY, HeaderValue::from_static(PREFLIGHT_VARY));
    response
}

fn allow(headers: &mut HeaderMap, origin: HeaderValue) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
}

/// The page was served by this host, port included: not a cross-origin request.
pub(crate) fn is_own_host(origin: &HeaderValue, headers: &HeaderMap) -> bool {
    let (Ok(origin), Some(host)) = (origin.to_str(), headers.get(header::HOST)) else { return false };
    let rest = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
    rest.is_some_and(|rest| !rest.is_empty() && rest.as_bytes() == host.as_bytes())
}

/// Socket routes judge the origin themselves (D-25).
fn is_socket_upgrade(request: &Request) -> bool {
    let segments: Vec<_> = request.uri().path().split('/').skip(1).collect();
    let socket_route = matches!(segments[..], ["ws"] | ["workspaces", _, "terminal"]);
    let upgrade = request.headers().get(HeaderName::from_static("upgrade"));
    socket_route && upgrade.is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"websocket"))
}

/// The origin rule of `GET /ws`: open until the operator lists origins, then listed or own host.
pub fn socket_origin_allowed(headers: &HeaderMap, config: &Config) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else { return true };
    let listed = |origin: &str| config.cors.origins.iter().any(|listed| listed.eq_ignore_ascii_case(origin));
    !config.cors.explicit || is_own_host(origin, headers) || origin.to_str().is_ok_and(listed)
}
