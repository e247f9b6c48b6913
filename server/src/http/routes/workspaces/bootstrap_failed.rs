//! `POST /admin/workspaces/{id}/bootstrap-failed`: the machine's watcher reports a boot that failed.

use axum::{Json, extract::State};
use serde::Deserialize;
use serde_json::{Value, json};
use server_app::App;

use crate::http::{
    extract::{AdminAuth, JsonBody, PathId},
    refusal::Refusal,
};

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Body {
    #[serde(default)]
    error: Option<String>,
    #[serde(default)]
    log_tail: Option<String>,
}

pub(super) async fn handler(
    _: AdminAuth,
    PathId(id): PathId,
    State(app): State<App>,
    JsonBody(body): JsonBody<Body>,
) -> Result<Json<Value>, Refusal> {
    let (error, tail) = (body.error.unwrap_or_default(), body.log_tail.unwrap_or_default());
    let changed = app
        .bootstrap_failed(id, &error, &tail)
        .await
        .map_err(|cause| Refusal::internal("db update failed", &cause))?;
    Ok(Json(if changed { json!({"ok": true}) } else { json!({"ok": true, "no_change": true}) }))
}
