//! `POST /workspaces/{id}/mcp`: one JSON-RPC message.

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use server_app::{
    App,
    mcp::{self, Answer},
};

use crate::http::extract::{BodyBytes, WorkspaceAuth};

pub(super) async fn handler(
    auth: WorkspaceAuth,
    State(app): State<App>,
    headers: HeaderMap,
    body: BodyBytes,
) -> Response {
    // A header that is not text names no revision we speak.
    let version = headers.get("mcp-protocol-version").map(|value| value.to_str().unwrap_or_default());
    match mcp::handle(&app, auth.id, version, &body.0).await {
        Ok(Answer::Reply(reply)) => Json(reply).into_response(),
        Ok(Answer::Accepted) => StatusCode::ACCEPTED.into_response(),
        Err(unreadable) => (StatusCode::BAD_REQUEST, Json(unreadable.body())).into_response(),
    }
}
