//! `GET /cp/admin/orgs/{slug}/admin-token`: the admin token of a tenant.
//!
//! Stands for the operator handler of molecule-controlplane that the staging end-to-end run calls, 2026-06-14.

use axum::{
    Json, Router,
    extract::{Path, State as Ctx},
    response::{IntoResponse, Response},
    routing::get,
};
use http::HeaderMap;
use server_wire::control_plane::AdminToken;

use crate::{
    auth,
    routes::{AuthClass, Route, reply::not_found},
    stub::Stub,
};

/// Origin of the route.
pub(in crate::routes) const ROUTE: Route = Route {
    method: "GET",
    path: "/cp/admin/orgs/{slug}/admin-token",
    auth: AuthClass::Admin,
    origin: "molecule-controlplane GET /cp/admin/orgs/:slug/admin-token (staging end-to-end run)",
    dated: "2026-06-14",
};

pub(super) fn routes() -> Router<Stub> {
    Router::new().route(ROUTE.path, get(handler))
}

async fn handler(Ctx(stub): Ctx<Stub>, Path(slug): Path<String>, headers: HeaderMap) -> Response {
    if let Err(unauthorized) = auth::admin(&headers, &stub.config().admin_api_token) {
        return unauthorized.into_response();
    }
    match stub.state().orgs.by_slug(&slug) {
        Some(org) => Json(AdminToken { admin_token: org.admin_token.clone() }).into_response(),
        None => not_found("org not found"),
    }
}
