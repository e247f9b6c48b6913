//! `GET /cp/admin/orgs`: all orgs with the state of their machine.
//!
//! Stands for the operator handler of molecule-controlplane that the staging end-to-end run calls, 2026-06-14.

use axum::{
    Json, Router,
    extract::State as Ctx,
    response::{IntoResponse, Response},
    routing::get,
};
use http::HeaderMap;
use server_wire::control_plane::AdminOrgList;

use crate::{
    auth,
    routes::{AuthClass, Route},
    state::Org,
    stub::Stub,
};

/// Origin of the route.
pub(in crate::routes) const ROUTE: Route = Route {
    method: "GET",
    path: "/cp/admin/orgs",
    auth: AuthClass::Admin,
    origin: "molecule-controlplane GET /cp/admin/orgs (staging end-to-end run)",
    dated: "2026-06-14",
};

pub(super) fn routes() -> Router<Stub> {
    Router::new().route(ROUTE.path, get(handler))
}

async fn handler(Ctx(stub): Ctx<Stub>, headers: HeaderMap) -> Response {
    if let Err(unauthorized) = auth::admin(&headers, &stub.config().admin_api_token) {
        return unauthorized.into_response();
    }
    let orgs = stub.state().orgs.iter().map(Org::admin_listed).collect();
    Json(AdminOrgList { orgs }).into_response()
}
