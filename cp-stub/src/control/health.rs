//! `GET /__stub/health`: the stub serves, and from which sources it was built.

use axum::{Json, Router, routing::get};
use serde_json::{Value, json};

use crate::{BUILD, stub::Stub};

pub(super) fn routes() -> Router<Stub> {
    Router::new().route("/__stub/health", get(handler))
}

async fn handler() -> Json<Value> {
    Json(json!({ "status": "ok", "build": BUILD }))
}
