//! How often an address, a bearer or a minter may call.
//!
//! The client address is the TCP peer: a forwarded header would let every caller choose its bucket
//! (#179). Behind a proxy all callers therefore share one bucket.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::{
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use super::{Edge, buckets::Verdict};
use crate::http::refusal::Refusal;

/// MCP calls a minute and bearer.
pub const MCP_PER_MINUTE: u32 = 120;
/// Organisation tokens an hour and address.
pub const ORG_TOKEN_MINTS_PER_HOUR: u32 = 10;

const LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
const RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");

/// Counts every request of an address and says so on every answer (#105).
pub async fn layer(State(edge): State<Edge>, request: Request, next: Next) -> Response {
    if edge.app.config.dev_fail_open() {
        let mut response = next.run(request).await;
        response.headers_mut().insert(LIMIT, HeaderValue::from_static("unlimited"));
        return response;
    }
    let verdict = edge.addresses.take(client_address(&request));
    let mut response =
        if verdict.allowed { next.run(request).await } else { exhausted("rate limit exceeded", verdict) };
    announce(response.headers_mut(), verdict);
    response
}

/// The limiter of MCP routes, behind authentication; never bypassed.
///
/// # Errors
/// 401 without a bearer, 429 when it is exhausted.
pub(super) fn mcp(edge: &Edge, bearer: Option<&SecretString>) -> Result<Verdict, Box<Response>> {
    let missing = || Box::new(Refusal::new(StatusCode::UNAUTHORIZED, "missing bearer token").into_response());
    let bearer = bearer.ok_or_else(missing)?;
    // The plaintext is never kept, not even as a map key.
    let key = Sha256::digest(bearer.expose_secret().as_bytes()).into();
    judge(edge.mcp.take(key), "MCP rate limit exceeded")
}

/// The limiter of minting organisation tokens.
///
/// # Errors
/// 429 when the address is exhausted.
pub(super) fn org_token_mint(edge: &Edge, request: &Request) -> Result<Verdict, Box<Response>> {
    judge(edge.org_token_mint.take(client_address(request)), "rate limit exceeded")
}

fn judge(verdict: Verdict, text: &'static str) -> Result<Verdict, Box<Response>> {
    if verdict.allowed { Ok(verdict) } else { Err(exhausted(text, verdict).into()) }
}

fn exhausted(text: &'static str, verdict: Verdict) -> Response {
    let refusal = Refusal::new(StatusCode::TOO_MANY_REQUESTS, text).with("retry_after", verdict.reset_secs);
    let mut response = refusal.into_response();
    response.headers_mut().insert(header::RETRY_AFTER, verdict.reset_secs.into());
    announce(response.headers_mut(), verdict);
    response
}

/// Writes the three headers where an inner limiter has not written its own.
pub(super) fn announce(headers: &mut HeaderMap, verdict: Verdict) {
    if headers.contains_key(&LIMIT) {
        return;
    }
    headers.insert(LIMIT, verdict.limit.into());
    headers.insert(REMAINING, verdict.remaining.into());
    headers.insert(RESET, verdict.reset_secs.into());
}

fn client_address(request: &Request) -> IpAddr {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    peer.map_or(Ipv4Addr::UNSPECIFIED.into(), |ConnectInfo(address)| address.ip().to_canonical())
}
