//! `POST /registry/update-card`: an agent changed what it can do.

use axum::{Json, extract::State};
use serde::Deserialize;
use serde_json::{Value, json};
use server_app::{App, auth};
use server_types::WorkspaceId;

use super::body::{canonical_id, storable};
use crate::http::{
    extract::{JsonBody, Shown},
    refusal::Refusal,
};

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Body {
    #[serde(deserialize_with = "canonical_id")]
    workspace_id: WorkspaceId,
    #[serde(deserialize_with = "storable")]
    agent_card: Value,
}

pub(super) async fn handler(
    Shown(shown): Shown,
    State(app): State<App>,
    JsonBody(body): JsonBody<Body>,
) -> Result<Json<Value>, Refusal> {
    auth::registry::authenticate(&app, &shown, body.workspace_id).await?;
    app.update_card(body.workspace_id, body.agent_card)
        .await
        .map_err(|cause| Refusal::internal("failed to update card", &cause))?;
    Ok(Json(json!({"status": "updated"})))
}
