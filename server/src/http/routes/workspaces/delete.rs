//! `DELETE /workspaces/{id}`: with its descendants, after a confirmation; for good with `purge=true`.

use axum::{
    Json,
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::{Value, json};
use server_app::{App, workspaces::delete::DeleteRefused};
use server_store::workspaces::delete::Child;

use crate::http::{
    extract::{AdminAuth, PathId},
    refusal::Refusal,
};

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Params {
    confirm: String,
    purge: String,
}

pub(super) async fn handler(
    _: AdminAuth,
    PathId(id): PathId,
    Query(params): Query<Params>,
    State(app): State<App>,
) -> Response {
    match app.delete_workspace(id, params.confirm == "true", params.purge == "true").await {
        Ok(deleted) => {
            let status = if deleted.purged { "purged" } else { "removed" };
            Json(json!({"status": status, "cascade_deleted": deleted.cascade_deleted})).into_response()
        }
        Err(refused) => refuse(refused),
    }
}

fn refuse(refused: DeleteRefused) -> Response {
    let text = refused.to_string();
    match refused {
        DeleteRefused::Unconfirmed(children) => {
            (StatusCode::CONFLICT, Json(confirmation(&children))).into_response()
        }
        DeleteRefused::Stop { removed, failed } => Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, text)
            .with("removed_count", removed)
            .with("stop_failures", failed.len())
            .into_response(),
        DeleteRefused::Children(cause) => {
            Refusal::internal("failed to check children", &cause).into_response()
        }
        DeleteRefused::Query(cause) => Refusal::internal("delete failed", &cause).into_response(),
        DeleteRefused::Purge(cause) => Refusal::internal("purge failed", &cause).into_response(),
    }
}

/// A question, not an error: it has no `error` field.
fn confirmation(children: &[Child]) -> Value {
    let listed: Vec<_> = children.iter().map(|child| json!({"id": child.id, "name": child.name})).collect();
    json!({
        "status": "confirmation_required",
        "message": "This workspace has sub-workspaces. Delete with ?confirm=true to cascade delete.",
        "children": listed,
        "children_count": children.len(),
    })
}
