//! `GET`, `DELETE /workspaces/{id}/mcp`: 405.
//!
//! Clients open a GET stream after `initialized` to see whether there is one. Without a route of its
//! own the canvas page would answer them.

use axum::http::{HeaderValue, StatusCode, header::ALLOW};

use crate::http::extract::WorkspaceAuth;

pub(super) async fn handler(_: WorkspaceAuth) -> (StatusCode, [(axum::http::HeaderName, HeaderValue); 1]) {
    (StatusCode::METHOD_NOT_ALLOWED, [(ALLOW, HeaderValue::from_static("POST"))])
}
