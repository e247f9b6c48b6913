//! `GET /cp/templates`: the template catalogue; empty here.
//!
//! Stands for the template handler of molecule-controlplane that the browser calls, 2026-06-14.

use axum::{Json, Router, routing::get};
use serde_json::{Value, json};

use crate::{
    routes::{AuthClass, Route},
    stub::Stub,
};

/// Origin of the route.
pub(in crate::routes) const ROUTE: Route = Route {
    method: "GET",
    path: "/cp/templates",
    auth: AuthClass::Open,
    origin: "molecule-controlplane GET /cp/templates (browser)",
    dated: "2026-06-14",
};

pub(super) fn routes() -> Router<Stub> {
    Router::new().route(ROUTE.path, get(handler))
}

async fn handler() -> Json<Value> {
    Json(json!({ "templates": [] }))
}
