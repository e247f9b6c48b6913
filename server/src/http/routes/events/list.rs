//! `GET /events` and `GET /events/{id}`: the newest recorded events, newest first.

use axum::{Json, extract::State};
use serde::Serialize;
use serde_json::Value;
use server_app::App;
use server_store::events::{self as rows, RecordedEvent};
use server_types::{EventId, WorkspaceId};

use crate::http::{
    extract::{AdminAuth, PathId},
    refusal::Refusal,
};

#[derive(Serialize)]
pub(super) struct Item {
    id: EventId,
    event_type: String,
    workspace_id: Option<WorkspaceId>,
    payload: Value,
    created_at: chrono::DateTime<chrono::Utc>,
}

impl From<RecordedEvent> for Item {
    fn from(event: RecordedEvent) -> Self {
        Self {
            id: event.id,
            event_type: event.event_type,
            workspace_id: event.workspace_id,
            payload: event.payload,
            created_at: event.created_at,
        }
    }
}

pub(super) async fn all(_: AdminAuth, State(app): State<App>) -> Result<Json<Vec<Item>>, Refusal> {
    newest(&app, None).await
}

pub(super) async fn of_workspace(
    _: AdminAuth,
    PathId(id): PathId,
    State(app): State<App>,
) -> Result<Json<Vec<Item>>, Refusal> {
    newest(&app, Some(id)).await
}

async fn newest(app: &App, workspace: Option<WorkspaceId>) -> Result<Json<Vec<Item>>, Refusal> {
    let found = rows::newest(&app.store.db, workspace).await;
    let found = found.map_err(|cause| Refusal::internal("query failed", &cause))?;
    Ok(Json(found.into_iter().map(Item::from).collect()))
}
