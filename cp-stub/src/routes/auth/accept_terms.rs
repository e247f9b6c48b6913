//! `POST /cp/auth/accept-terms`: accepts the current terms.
//!
//! Stands for the terms handler of molecule-controlplane that the browser calls, 2026-06-14.

use axum::{
    Json, Router,
    extract::State as Ctx,
    response::{IntoResponse, Response},
    routing::post,
};
use http::HeaderMap;
use server_wire::control_plane::TermsStatus;

use super::terms_status::TERMS_VERSION;
use crate::{
    auth,
    routes::{AuthClass, Route},
    stub::Stub,
};

/// Origin of the route.
pub(in crate::routes) const ROUTE: Route = Route {
    method: "POST",
    path: "/cp/auth/accept-terms",
    auth: AuthClass::Session,
    origin: "molecule-controlplane POST /cp/auth/accept-terms (browser)",
    dated: "2026-06-14",
};

pub(super) fn routes() -> Router<Stub> {
    Router::new().route(ROUTE.path, post(handler))
}

async fn handler(Ctx(stub): Ctx<Stub>, headers: HeaderMap) -> Response {
    let mut state = stub.state();
    match auth::session(&state, &headers).map(|(cookie, _)| cookie.to_owned()) {
        Ok(cookie) => {
            state.members.accept_terms(&cookie);
            Json(TermsStatus { accepted: true, version: TERMS_VERSION.into() }).into_response()
        }
        Err(unauthorized) => unauthorized.into_response(),
    }
}
