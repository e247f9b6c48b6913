//! `POST /cp/billing/portal`: the address of a payment page.
//!
//! Stands for the billing handler of molecule-controlplane that the browser calls, 2026-06-14.

use axum::Json;
use serde_json::{Value, json};

use crate::{
    auth::Session,
    routes::{AuthClass, Route},
};

pub(in crate::routes) const ROUTE: Route =
    Route::post("/cp/billing/portal", AuthClass::Session, "browser", "2026-06-14");

pub(in crate::routes) async fn handler(_: Session) -> Json<Value> {
    Json(json!({ "url": "/billing/portal" }))
}
