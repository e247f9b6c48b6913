//! `GET /cp/auth/signup`: sends the browser on.
//!
//! Stands for the signup handler of molecule-controlplane that the browser is sent to, 2026-06-14.

use axum::response::IntoResponse;
use http::{StatusCode, header};

use crate::routes::{AuthClass, Route};

pub(in crate::routes) const ROUTE: Route =
    Route::get("/cp/auth/signup", AuthClass::Open, "browser", "2026-06-14");

pub(in crate::routes) async fn handler() -> impl IntoResponse {
    (StatusCode::FOUND, [(header::LOCATION, "/")])
}
