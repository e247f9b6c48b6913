//! `GET /health`: the process answers. Dependencies are not asked: a database blip must not make an
//! orchestrator kill every tenant.

use axum::Json;
use serde::Serialize;

/// The answer.
#[derive(Serialize)]
pub(super) struct Reply {
    status: &'static str,
}

pub(super) async fn handler() -> Json<Reply> {
    Json(Reply { status: "ok" })
}
