//! `GET /cp/templates`: the template catalogue; empty here.
//!
//! Stands for the template handler of molecule-controlplane that the browser calls, 2026-06-14.

use axum::Json;
use serde_json::{Value, json};

use crate::routes::{AuthClass, Route};

pub(in crate::routes) const ROUTE: Route =
    Route::get("/cp/templates", AuthClass::Open, "browser", "2026-06-14");

pub(in crate::routes) async fn handler() -> Json<Value> {
    Json(json!({ "templates": [] }))
}
