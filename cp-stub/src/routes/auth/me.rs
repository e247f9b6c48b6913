//! `GET /cp/auth/me`: who the browser's session belongs to.
//!
//! Stands for the session handler of molecule-controlplane that the browser calls, 2026-06-14.

use axum::{
    Json, Router,
    extract::State as Ctx,
    response::{IntoResponse, Response},
    routing::get,
};
use http::HeaderMap;
use server_wire::control_plane::{ME_PATH, Me};

use crate::{
    auth,
    routes::{AuthClass, Route},
    stub::Stub,
};

/// Origin of the route.
pub(in crate::routes) const ROUTE: Route = Route {
    method: "GET",
    path: ME_PATH,
    auth: AuthClass::Session,
    origin: "molecule-controlplane GET /cp/auth/me (browser)",
    dated: "2026-06-14",
};

pub(super) fn routes() -> Router<Stub> {
    Router::new().route(ROUTE.path, get(handler))
}

async fn handler(Ctx(stub): Ctx<Stub>, headers: HeaderMap) -> Response {
    let state = stub.state();
    match auth::session(&state, &headers) {
        Ok((_, member)) => Json(Me {
            user_id: member.user_id.clone(),
            org_id: state.orgs.by_slug(&member.slug).map(|org| org.id.clone()).unwrap_or_default(),
            email: format!("{}@example.com", member.user_id),
        })
        .into_response(),
        Err(unauthorized) => unauthorized.into_response(),
    }
}
