//! Bodies within a cap, and JSON that is refused in one wording.
//!
//! The media type is not asked for: clients of this contract send JSON without declaring it.

use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
    http::{StatusCode, header},
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
    let too_large = || Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "request body too large");
    let declared = request.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    if declared.and_then(|value| value.parse::<usize>().ok()).is_some_and(|length| length > max) {
        return Err(too_large());
    }
    match Limited::new(request.into_body(), max).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(too_large()),
        Err(_) => Err(Refusal::bad_request("invalid request body")),
    }
}

fn decode<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|_| Refusal::bad_request("invalid request body"))
}
