//! `POST /cp/billing/portal`: the address of a payment page.
//!
//! Stands for the billing handler of molecule-controlplane that the browser calls, 2026-06-14.

use axum::{
    Json, Router,
    extract::State as Ctx,
    response::{IntoResponse, Response},
    routing::post,
};
use http::HeaderMap;
use serde_json::json;

use crate::{
    auth,
    routes::{AuthClass, Route},
    stub::Stub,
};

/// Origin of the route.
pub(in crate::routes) const ROUTE: Route = Route {
    method: "POST",
    path: "/cp/billing/portal",
    auth: AuthClass::Session,
    origin: "molecule-controlplane POST /cp/billing/portal (browser)",
    dated: "2026-06-14",
};

pub(super) fn routes() -> Router<Stub> {
    Router::new().route(ROUTE.path, post(handler))
}

async fn handler(Ctx(stub): Ctx<Stub>, headers: HeaderMap) -> Response {
    match auth::session(&stub.state(), &headers) {
        Ok(_) => Json(json!({ "url": "/billing/portal" })).into_response(),
        Err(unauthorized) => unauthorized.into_response(),
    }
}
