//! `GET /workspaces/{id}/a2a/queue/{queue_id}`: what became of a message that was queued.

use axum::{
    Json,
    extract::{Path, State},
};
use server_app::{App, a2a};
use server_store::a2a::item::Item;
use server_types::QueueItemId;

use crate::http::{
    extract::{PathId, QueueAuth},
    refusal::Refusal,
};

pub(super) async fn handler(
    QueueAuth(reader): QueueAuth,
    PathId(workspace): PathId,
    State(app): State<App>,
    Path((_, item)): Path<(String, String)>,
) -> Result<Json<Item>, Refusal> {
    let unknown = || Refusal::not_found("queue item not found");
    let item = QueueItemId::canonical(&item).ok_or_else(unknown)?;
    let found = a2a::look(&app, reader, workspace, item).await;
    let found = found.map_err(|cause| Refusal::internal("query failed", &cause))?;
    found.map(Json).ok_or_else(unknown)
}
