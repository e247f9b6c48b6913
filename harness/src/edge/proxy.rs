//! One request through the edge: the order of its stations.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_LENGTH, EXPECT, HOST, HeaderValue, UPGRADE};
use http::{Request, Response, StatusCode, Uri, Version, uri};
use http_body_util::BodyExt as _;
use http_body_util::combinators::BoxBody;
use hyper::body::Incoming;
use thiserror::Error;

use super::cap::{self, Capped, Progress};
use super::faults::Fault;
use super::headers::{self, Facts};
use super::pages::Page;
use super::pattern::path_fits;
use super::state::State;
use super::{control, relay};
use crate::world::Stream;

/// The body of an answer.
pub(super) type Body = BoxBody<Bytes, Box<dyn std::error::Error + Send + Sync>>;

/// The connection is dropped without an answer, as a fault says.
#[derive(Clone, Copy, Debug, Error)]
#[error("dropped by a fault")]
pub(super) struct Dropped;

/// Answers one request.
pub(super) async fn answer(
    state: Arc<State>,
    client: IpAddr,
    request: Request<Incoming>,
) -> Result<Response<Body>, Dropped> {
    if control::is_control(request.uri().path()) {
        return Ok(control::answer(&state, request).await);
    }
    let started = Instant::now();
    let facts = facts(&state, client, &request);
    let line = format!(
        "{} {} {}",
        request.method(),
        String::from_utf8_lossy(facts.host.as_bytes()),
        // The query may hold a secret.
        request.uri().path()
    );
    let answered = pass(&state, client, request, &facts).await;
    let status =
        answered.as_ref().map_or("dropped".to_owned(), |response| response.status().as_u16().to_string());
    let took = started.elapsed().as_millis();
    state.log.push(Stream::Out, &format!("{line} -> {status} {took}ms ray={}", facts.ray));
    answered.map(|mut response| {
        let socket = response.status() == StatusCode::SWITCHING_PROTOCOLS;
        headers::to_client(response.headers_mut(), &facts, socket);
        response
    })
}

fn facts<B>(state: &State, client: IpAddr, request: &Request<B>) -> Facts {
    let host = request.headers().get(HOST).cloned();
    Facts {
        client: client.to_string(),
        host: host.unwrap_or(HeaderValue::from_static("")),
        ray: format!("{:016x}-{}", rand::random::<u64>(), state.config.colo),
        country: state.config.country.clone(),
    }
}

/// Routing, faults, firewall, cap; then the origin.
async fn pass(
    state: &Arc<State>,
    client: IpAddr,
    request: Request<Incoming>,
    facts: &Facts,
) -> Result<Response<Body>, Dropped> {
    let Some(origin) = state.origin(&request) else {
        return Ok(refuse(Page::UnknownHost, request));
    };
    if headers::loops(request.headers()) > 1 {
        return Ok(refuse(Page::Loop, request));
    }
    if let Some(page) = state.refuse(&request, client) {
        return Ok(refuse(page, request));
    }
    if let Some(fault) = state.strike(&request)
        && let Some(page) = strike(fault).await?
    {
        return Ok(refuse(page, request));
    }
    let declared =
        request.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if declared.is_some_and(|length| length > state.limits().body_bytes_max) {
        return Ok(refuse(Page::TooLarge, request));
    }
    Ok(forward(state, request, facts, &origin).await.unwrap_or_else(Page::response))
}

/// The page of a fault; none when the request goes on.
async fn strike(fault: Fault) -> Result<Option<Page>, Dropped> {
    Ok(Some(match fault {
        Fault::Refused => Page::Refused,
        Fault::ConnectTimeout => Page::ConnectTimeout,
        Fault::NoRoute => Page::NoRoute,
        Fault::ReadTimeout => Page::ReadTimeout,
        Fault::EmptyReply => Page::Unparsable,
        Fault::Drop => return Err(Dropped),
        Fault::Status(code) => Page::Scripted(StatusCode::from_u16(code).unwrap_or(StatusCode::IM_A_TEAPOT)),
        Fault::DelayMs(ms) => {
            tokio::time::sleep(Duration::from_millis(ms)).await;
            return Ok(None);
        }
    }))
}

/// Answers with a page. A client that sends without being asked is listened to for a while.
fn refuse(page: Page, request: Request<Incoming>) -> Response<Body> {
    if !request.headers().contains_key(EXPECT) {
        cap::linger(request.into_body());
    }
    page.response()
}

async fn forward(
    state: &Arc<State>,
    mut request: Request<Incoming>,
    facts: &Facts,
    origin: &str,
) -> Result<Response<Body>, Page> {
    let limits = state.limits();
    let socket = is_websocket(state, &request);
    let client_side = socket.then(|| hyper::upgrade::on(&mut request));
    let (mut parts, body) = request.into_parts();
    parts.uri = at_origin(&parts.uri, origin).ok_or(Page::NoRoute)?;
    parts.version = Version::HTTP_11;
    headers::to_origin(&mut parts.headers, facts, socket);
    state.apply_injected(&mut parts.headers);
    let progress = Progress::new();
    let body = Capped::new(body, limits.body_bytes_max, progress.clone());
    let mut response = state.origins.send(Request::from_parts(parts, body), &limits, &progress).await?;
    match (response.status(), client_side) {
        (status @ (StatusCode::BAD_GATEWAY | StatusCode::GATEWAY_TIMEOUT), _) => Err(Page::Masked(status)),
        (StatusCode::SWITCHING_PROTOCOLS, Some(client_side)) => {
            let origin_side = hyper::upgrade::on(&mut response);
            tokio::spawn(relay::relay(client_side, origin_side, limits.ws_idle));
            Ok(response.map(|body| body.map_err(Into::into).boxed()))
        }
        // Nobody asked for another protocol.
        (StatusCode::SWITCHING_PROTOCOLS, None) => Err(Page::Unparsable),
        _ => Ok(response.map(|body| body.map_err(Into::into).boxed())),
    }
}

/// The same path and query, byte for byte, at the origin.
fn at_origin(uri: &Uri, origin: &str) -> Option<Uri> {
    let mut parts = uri::Parts::default();
    parts.scheme = Some(uri::Scheme::HTTP);
    parts.authority = Some(origin.parse().ok()?);
    parts.path_and_query = uri.path_and_query().cloned().or(Some(uri::PathAndQuery::from_static("/")));
    Uri::from_parts(parts).ok()
}

fn is_websocket<B>(state: &State, request: &Request<B>) -> bool {
    let says = |name, word: &str| {
        let values = request.headers().get_all(name).iter().filter_map(|value| value.to_str().ok());
        values.flat_map(|value| value.split(',')).any(|part| part.trim().eq_ignore_ascii_case(word))
    };
    let allowed = &state.config.websockets;
    says(CONNECTION, "upgrade")
        && says(UPGRADE, "websocket")
        && allowed.iter().any(|pattern| path_fits(pattern, request.uri().path()))
}
