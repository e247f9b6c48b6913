//! `GET /cp/templates/{id}`: one template.
//!
//! Stands for the template handler of molecule-controlplane that the browser calls, 2026-06-14.

use axum::{Json, Router, extract::Path, routing::get};
use serde_json::{Value, json};

use crate::{
    routes::{AuthClass, Route},
    stub::Stub,
};

/// Origin of the route.
pub(in crate::routes) const ROUTE: Route = Route {
    method: "GET",
    path: "/cp/templates/{id}",
    auth: AuthClass::Open,
    origin: "molecule-controlplane GET /cp/templates/:id (browser)",
    dated: "2026-06-14",
};

pub(super) fn routes() -> Router<Stub> {
    Router::new().route(ROUTE.path, get(handler))
}

async fn handler(Path(id): Path<String>) -> Json<Value> {
    Json(json!({ "id": id, "name": id }))
}
