//! How a route says no: `{"error": ...}` with a status, or the empty 401.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::StatusCode;
use serde_json::json;

use crate::auth::Unauthorized;

/// Why a call was refused.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Refusal {
    /// Wrong credentials, or none.
    Unauthorized,
    /// Nothing of that name.
    NotFound(&'static str),
    /// Something in the request is not what the route takes.
    Invalid(&'static str),
    /// The name is taken.
    Conflict(&'static str),
}

/// A body that is not what the route takes.
pub(crate) const INVALID_BODY: Refusal = Refusal::Invalid("invalid request body");

impl From<Unauthorized> for Refusal {
    fn from(_: Unauthorized) -> Self {
        Self::Unauthorized
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, error) = match self {
            Self::Unauthorized => return Unauthorized.into_response(),
            Self::NotFound(error) => (StatusCode::NOT_FOUND, error),
            Self::Invalid(error) => (StatusCode::BAD_REQUEST, error),
            Self::Conflict(error) => (StatusCode::CONFLICT, error),
        };
        (status, Json(json!({ "error": error }))).into_response()
    }
}
