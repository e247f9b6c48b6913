//! `GET /cp/legal/terms`: the terms.
//!
//! Stands for the legal page handler of molecule-controlplane that the browser calls, 2026-06-14.

use axum::Json;
use serde_json::{Value, json};

use crate::routes::{AuthClass, Route};

pub(in crate::routes) const ROUTE: Route =
    Route::get("/cp/legal/terms", AuthClass::Open, "browser", "2026-06-14");

pub(in crate::routes) async fn handler() -> Json<Value> {
    Json(json!({ "version": "2026-01", "text": "Terms." }))
}
