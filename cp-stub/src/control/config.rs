//! `PUT /__stub/config/{org_id}`: replaces what `/cp/tenants/config` serves to one org.
//!
//! A `MOLECULE_CP_SHARED_SECRET` in it rotates the bearer that the org's workspace calls must carry.

use std::collections::BTreeMap;

use axum::{
    Json, Router,
    extract::{Path, State as Ctx},
    response::{IntoResponse, Response},
    routing::put,
};
use http::StatusCode;
use serde_json::json;

use crate::stub::Stub;

pub(super) fn routes() -> Router<Stub> {
    Router::new().route("/__stub/config/{org_id}", put(handler))
}

async fn handler(
    Ctx(stub): Ctx<Stub>,
    Path(org_id): Path<String>,
    Json(config): Json<BTreeMap<String, String>>,
) -> Response {
    match stub.state().orgs.by_id_mut(&org_id) {
        Some(org) => {
            org.replace_config(config);
            StatusCode::NO_CONTENT.into_response()
        }
        None => (StatusCode::NOT_FOUND, Json(json!({ "error": "org not found" }))).into_response(),
    }
}
