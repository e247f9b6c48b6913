//! `GET /cp/orgs/{slug}/instance`: where the production edge routes a tenant.
//!
//! Stands for the routing handler of molecule-controlplane that the production edge asks, 2026-06-14.

use axum::{
    Json, Router,
    extract::{Path, State as Ctx},
    response::{IntoResponse, Response},
    routing::get,
};
use server_wire::control_plane::OrgInstance;

use crate::{
    routes::{AuthClass, Route, reply::not_found},
    stub::Stub,
};

/// Origin of the route.
pub(in crate::routes) const ROUTE: Route = Route {
    method: "GET",
    path: "/cp/orgs/{slug}/instance",
    auth: AuthClass::Open,
    origin: "molecule-controlplane GET /cp/orgs/:slug/instance (edge routing)",
    dated: "2026-06-14",
};

pub(super) fn routes() -> Router<Stub> {
    Router::new().route(ROUTE.path, get(handler))
}

async fn handler(Ctx(stub): Ctx<Stub>, Path(slug): Path<String>) -> Response {
    match stub.state().orgs.by_slug(&slug) {
        Some(org) => Json(OrgInstance {
            slug: org.slug.clone(),
            status: "running".into(),
            ip: "10.0.0.10".into(),
            region: "us-east-2".into(),
        })
        .into_response(),
        None => not_found("org not found"),
    }
}
