//! `GET /cp/orgs/{slug}/export`: the org's own data.
//!
//! Stands for the org handler of molecule-controlplane that the browser calls, 2026-06-14.

use axum::{
    Json, Router,
    extract::{Path, State as Ctx},
    response::{IntoResponse, Response},
    routing::get,
};
use http::HeaderMap;
use serde_json::json;

use crate::{
    auth,
    routes::{AuthClass, Route, reply::not_found},
    stub::Stub,
};

/// Origin of the route.
pub(in crate::routes) const ROUTE: Route = Route {
    method: "GET",
    path: "/cp/orgs/{slug}/export",
    auth: AuthClass::Session,
    origin: "molecule-controlplane GET /cp/orgs/:slug/export (browser)",
    dated: "2026-06-14",
};

pub(super) fn routes() -> Router<Stub> {
    Router::new().route(ROUTE.path, get(handler))
}

async fn handler(Ctx(stub): Ctx<Stub>, Path(slug): Path<String>, headers: HeaderMap) -> Response {
    let state = stub.state();
    let own = match auth::session(&state, &headers) {
        Ok((_, member)) => member.member && member.slug == slug,
        Err(unauthorized) => return unauthorized.into_response(),
    };
    match state.orgs.by_slug(&slug).filter(|_| own) {
        Some(org) => Json(json!({ "org": org.listed(), "workspaces": [] })).into_response(),
        None => not_found("org not found"),
    }
}
