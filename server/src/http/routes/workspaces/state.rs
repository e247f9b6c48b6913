//! `GET /workspaces/{id}/state`: may the agent go on?

use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::json;
use server_app::App;
use server_store::workspaces::facts;
use server_types::WorkspaceStatus;

use crate::http::{extract::WorkspaceAuth, refusal::Refusal};

pub(super) async fn handler(auth: WorkspaceAuth, State(app): State<App>) -> Result<Response, Refusal> {
    let status = facts::status(&app.store.db, auth.id).await;
    Ok(match status.map_err(|cause| Refusal::internal("query failed", &cause))? {
        None => {
            (StatusCode::NOT_FOUND, Json(json!({"workspace_id": auth.id, "deleted": true}))).into_response()
        }
        Some(status @ WorkspaceStatus::Removed) => {
            let body = json!({"workspace_id": auth.id, "status": status, "deleted": true});
            (StatusCode::NOT_FOUND, Json(body)).into_response()
        }
        Some(status) => Json(json!({
            "workspace_id": auth.id,
            "status": status,
            "paused": status == WorkspaceStatus::Paused,
            "deleted": false,
        }))
        .into_response(),
    })
}
