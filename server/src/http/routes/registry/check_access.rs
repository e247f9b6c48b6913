//! `POST /registry/check-access`: may two workspaces talk? Says nothing else about them.

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use server_app::App;
use server_types::WorkspaceId;

use crate::http::{extract::JsonBody, refusal::Refusal};

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Body {
    caller_id: String,
    target_id: String,
}

#[derive(Serialize)]
pub(super) struct Reply {
    allowed: bool,
}

pub(super) async fn handler(
    State(app): State<App>,
    JsonBody(body): JsonBody<Body>,
) -> Result<Json<Reply>, Refusal> {
    if body.caller_id.is_empty() || body.target_id.is_empty() {
        return Err(Refusal::bad_request("invalid request body"));
    }
    let ids = (WorkspaceId::canonical(&body.caller_id), WorkspaceId::canonical(&body.target_id));
    let allowed = match ids {
        (Some(caller), Some(target)) => app.can_communicate(caller, target).await,
        // What names no workspace talks to nobody but itself.
        _ => body.caller_id == body.target_id,
    };
    Ok(Json(Reply { allowed }))
}
