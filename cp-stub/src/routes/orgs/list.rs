//! `GET /cp/orgs`: the orgs of the session's user.
//!
//! Stands for the org list handler of molecule-controlplane that the browser calls, 2026-06-14.

use axum::{
    Json, Router,
    extract::State as Ctx,
    response::{IntoResponse, Response},
    routing::get,
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
    method: "GET",
    path: "/cp/orgs",
    auth: AuthClass::Session,
    origin: "molecule-controlplane GET /cp/orgs (browser)",
    dated: "2026-06-14",
};

pub(super) fn routes() -> Router<Stub> {
    Router::new().route(ROUTE.path, get(handler))
}

async fn handler(Ctx(stub): Ctx<Stub>, headers: HeaderMap) -> Response {
    let state = stub.state();
    match auth::session(&state, &headers) {
        Ok((_, member)) => {
            let own = |slug: &str| member.member && member.slug == slug;
            let orgs: Vec<_> =
                state.orgs.iter().filter(|org| own(&org.slug)).map(crate::state::Org::listed).collect();
            Json(json!({ "orgs": orgs })).into_response()
        }
        Err(unauthorized) => unauthorized.into_response(),
    }
}
