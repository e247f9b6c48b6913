//! `GET /cp/templates/{id}`: one template.
//!
//! Stands for the template handler of molecule-controlplane that the browser calls, 2026-06-14.

use axum::{Json, extract::Path};
use serde_json::{Value, json};

use crate::routes::{AuthClass, Route};

pub(in crate::routes) const ROUTE: Route =
    Route::get("/cp/templates/{id}", AuthClass::Open, "browser", "2026-06-14");

pub(in crate::routes) async fn handler(Path(id): Path<String>) -> Json<Value> {
    Json(json!({ "id": id, "name": id }))
}
