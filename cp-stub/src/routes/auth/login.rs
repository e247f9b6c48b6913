//! `GET /cp/auth/login`: sends the browser on.
//!
//! Stands for the login handler of molecule-controlplane that the browser is sent to, 2026-06-14.

use axum::{
    Router,
    response::{IntoResponse, Response},
    routing::get,
};
use http::{StatusCode, header};

use crate::{
    routes::{AuthClass, Route},
    stub::Stub,
};

/// Origin of the route.
pub(in crate::routes) const ROUTE: Route = Route {
    method: "GET",
    path: "/cp/auth/login",
    auth: AuthClass::Open,
    origin: "molecule-controlplane GET /cp/auth/login (browser)",
    dated: "2026-06-14",
};

pub(super) fn routes() -> Router<Stub> {
    Router::new().route(ROUTE.path, get(handler))
}

async fn handler() -> Response {
    (StatusCode::FOUND, [(header::LOCATION, "/")]).into_response()
}
