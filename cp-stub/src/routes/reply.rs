//! Small answers that several routes give.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::StatusCode;
use serde_json::json;

/// `{"error": ...}` with a status.
pub(super) fn refused(status: StatusCode, error: &str) -> Response {
    (status, Json(json!({ "error": error }))).into_response()
}

/// 404 with a text.
pub(super) fn not_found(error: &str) -> Response {
    refused(StatusCode::NOT_FOUND, error)
}

/// 400 for a body that is not what the route takes.
pub(super) fn invalid_body() -> Response {
    refused(StatusCode::BAD_REQUEST, "invalid request body")
}
