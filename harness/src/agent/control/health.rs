//! `GET /__agent/health`: the host serves, and from which sources it was built.

use std::sync::Arc;

use axum::{Json, Router, extract::State, routing::get};
use serde_json::{Value, json};

use super::Ctx;
use crate::agent::host::Hosted;

pub(super) fn routes() -> Router<Arc<Hosted>> {
    Router::new().route("/__agent/health", get(handler))
}

async fn handler(State(hosted): Ctx) -> Json<Value> {
    Json(json!({ "status": "ok", "build": hosted.config.build, "agents": hosted.all().len() }))
}
