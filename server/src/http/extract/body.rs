//! Bodies within a cap, and JSON that is refused in one wording.
//!
//! The media type is not asked for: clients of this contract send JSON without declaring it.

use std::time::Duration;

use axum::{
    body::{Body, Bytes},
    extract::{FromRequest, Request},
    http::{HeaderMap, StatusCode, header},
};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::de::DeserializeOwned;
use server_types::limits::JSON_BODY_BYTES_MAX;

use crate::http::refusal::Refusal;

/// The whole body, at most `MAX` bytes; 413 beyond.
#[derive(Clone, Debug)]
pub struct BodyBytes<const MAX: usize = JSON_BODY_BYTES_MAX>(pub Bytes);

/// A JSON body of at most `MAX` bytes; 400 `invalid request body` when it does not fit `T`.
#[derive(Clone, Debug)]
pub struct JsonBody<T, const MAX: usize = JSON_BODY_BYTES_MAX>(pub T);

/// As [`JsonBody`]; an empty body is `T::default()`.
#[derive(Clone, Debug)]
pub struct OptionalJson<T, const MAX: usize = JSON_BODY_BYTES_MAX>(pub T);

impl<S: Send + Sync, const MAX: usize> FromRequest<S> for BodyBytes<MAX> {
    type Rejection = Refusal;

    async fn from_request(request: Request, _: &S) -> Result<Self, Refusal> {
        read(request, MAX).await.map(Self)
    }
}

impl<S: Send + Sync, T: DeserializeOwned, const MAX: usize> FromRequest<S> for JsonBody<T, MAX> {
    type Rejection = Refusal;

    async fn from_request(request: Request, _: &S) -> Result<Self, Refusal> {
        decode(&read(request, MAX).await?).map(Self)
    }
}

impl<S: Send + Sync, T: DeserializeOwned + Default, const MAX: usize> FromRequest<S>
    for OptionalJson<T, MAX>
{
    type Rejection = Refusal;

    async fn from_request(request: Request, _: &S) -> Result<Self, Refusal> {
        let body = read(request, MAX).await?;
        if body.is_empty() { Ok(Self(T::default())) } else { decode(&body).map(Self) }
    }
}

async fn read(request: Request, max: usize) -> Result<Bytes, Refusal> {
    let (head, body) = request.into_parts();
    capped(&head.headers, body, max).await.map_err(|unread| match unread {
        Unread::TooLarge => Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "request body too large"),
        Unread::Broken => Refusal::bad_request("invalid request body"),
    })
}

/// Why there is no body.
pub(crate) enum Unread {
    /// It is longer than the cap.
    TooLarge,
    /// The sender stopped or broke the framing.
    Broken,
}

/// Most bytes of a refused body that are read and thrown away.
const DRAIN_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Longest wait for them.
const DRAIN_WITHIN: Duration = Duration::from_secs(5);

/// The whole body, at most `max` bytes.
///
/// The rest of a refused body is thrown away before the answer: a sender that is still writing
/// when the socket closes loses the answer with it, and a proxy reports a broken origin instead.
pub(crate) async fn capped(headers: &HeaderMap, mut body: Body, max: usize) -> Result<Bytes, Unread> {
    let declared =
        headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    let declared_fits = declared.is_none_or(|length| length <= max as u64);
    if declared_fits {
        match Limited::new(&mut body, max).collect().await {
            Ok(read) => return Ok(read.to_bytes()),
            Err(error) if error.is::<LengthLimitError>() => {}
            Err(_) => return Err(Unread::Broken),
        }
    }
    drop(tokio::time::timeout(DRAIN_WITHIN, drain(body)).await);
    Err(Unread::TooLarge)
}

async fn drain(mut body: Body) {
    let mut left = DRAIN_BYTES_MAX;
    while let Some(Ok(frame)) = body.frame().await {
        let Some(rest) = left.checked_sub(frame.data_ref().map_or(0, Bytes::len)) else { return };
        left = rest;
    }
}

fn decode<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|_| Refusal::bad_request("invalid request body"))
}
