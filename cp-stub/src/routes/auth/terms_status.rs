//! `GET /cp/auth/terms-status`: were the current terms accepted?
//!
//! Stands for the terms handler of molecule-controlplane that the browser calls, 2026-06-14.

use axum::{
    Json, Router,
    extract::State as Ctx,
    response::{IntoResponse, Response},
    routing::get,
};
use http::HeaderMap;
use server_wire::control_plane::TermsStatus;

use crate::{
    auth,
    routes::{AuthClass, Route},
    stub::Stub,
};

/// Version of the terms.
pub(super) const TERMS_VERSION: &str = "2026-01";

/// Origin of the route.
pub(in crate::routes) const ROUTE: Route = Route {
    method: "GET",
    path: "/cp/auth/terms-status",
    auth: AuthClass::Session,
    origin: "molecule-controlplane GET /cp/auth/terms-status (browser)",
    dated: "2026-06-14",
};

pub(super) fn routes() -> Router<Stub> {
    Router::new().route(ROUTE.path, get(handler))
}

async fn handler(Ctx(stub): Ctx<Stub>, headers: HeaderMap) -> Response {
    let state = stub.state();
    match auth::session(&state, &headers) {
        Ok((cookie, _)) => Json(TermsStatus {
            accepted: state.members.has_accepted_terms(cookie),
            version: TERMS_VERSION.into(),
        })
        .into_response(),
        Err(unauthorized) => unauthorized.into_response(),
    }
}
