//! `POST /__stub/faults`, `DELETE /__stub/faults[/{id}]`: adds and removes faults.
//!
//! A removal answers what the fault saw and hit, so that a fault that never matched is noticed.

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path, State as Ctx},
    response::{IntoResponse, Response},
    routing::{delete, post},
};
use http::StatusCode;
use serde_json::json;

use crate::{
    fault::{FaultSpec, FaultView},
    stub::Stub,
};

pub(super) fn routes() -> Router<Stub> {
    Router::new()
        .route("/__stub/faults", post(add).delete(remove_all))
        .route("/__stub/faults/{id}", delete(remove))
}

async fn add(Ctx(stub): Ctx<Stub>, body: Bytes) -> Response {
    let refused = |text: String| (StatusCode::BAD_REQUEST, Json(json!({ "error": text }))).into_response();
    let spec: FaultSpec = match serde_json::from_slice(&body) {
        Ok(spec) => spec,
        Err(error) => return refused(error.to_string()),
    };
    let preset = spec.preset.clone();
    match spec.resolve() {
        Ok((matching, action)) => {
            let id = stub.state().faults.add(preset, matching, action);
            (StatusCode::CREATED, Json(json!({ "id": id }))).into_response()
        }
        Err(error) => refused(error.to_string()),
    }
}

async fn remove(Ctx(stub): Ctx<Stub>, Path(id): Path<String>) -> Response {
    match stub.state().faults.remove(&id) {
        Some(removed) => Json(removed).into_response(),
        None => (StatusCode::NOT_FOUND, Json(json!({ "error": "fault not found" }))).into_response(),
    }
}

async fn remove_all(Ctx(stub): Ctx<Stub>) -> Json<Vec<FaultView>> {
    Json(stub.state().faults.remove_all())
}
