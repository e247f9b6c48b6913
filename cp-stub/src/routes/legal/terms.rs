//! `GET /cp/legal/terms`: the terms.
//!
//! Stands for the legal page handler of molecule-controlplane that the browser calls, 2026-06-14.

use axum::{Json, Router, routing::get};
use serde_json::{Value, json};

use crate::{
    routes::{AuthClass, Route},
    stub::Stub,
};

/// Origin of the route.
pub(in crate::routes) const ROUTE: Route = Route {
    method: "GET",
    path: "/cp/legal/terms",
    auth: AuthClass::Open,
    origin: "molecule-controlplane GET /cp/legal/terms (browser)",
    dated: "2026-06-14",
};

pub(super) fn routes() -> Router<Stub> {
    Router::new().route(ROUTE.path, get(handler))
}

async fn handler() -> Json<Value> {
    Json(json!({ "version": "2026-01", "text": "Terms." }))
}
