//! `DELETE /cp/admin/tenants/{slug}`: removes a tenant; the body must repeat its slug.
//!
//! Stands for the operator handler of molecule-controlplane that the staging end-to-end run calls, 2026-06-14.

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path, State as Ctx},
    response::{IntoResponse, Response},
    routing::delete,
};
use http::{HeaderMap, StatusCode};
use serde_json::json;
use server_wire::control_plane::DeleteTenant;

use crate::{
    auth,
    routes::{
        AuthClass, Route,
        reply::{not_found, refused},
    },
    stub::Stub,
};

/// Origin of the route.
pub(in crate::routes) const ROUTE: Route = Route {
    method: "DELETE",
    path: "/cp/admin/tenants/{slug}",
    auth: AuthClass::Admin,
    origin: "molecule-controlplane DELETE /cp/admin/tenants/:slug (staging end-to-end run)",
    dated: "2026-06-14",
};

pub(super) fn routes() -> Router<Stub> {
    Router::new().route(ROUTE.path, delete(handler))
}

async fn handler(
    Ctx(stub): Ctx<Stub>,
    Path(slug): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if let Err(unauthorized) = auth::admin(&headers, &stub.config().admin_api_token) {
        return unauthorized.into_response();
    }
    let confirmed = serde_json::from_slice(&body).is_ok_and(|body: DeleteTenant| body.confirm == slug);
    if !confirmed {
        return refused(StatusCode::BAD_REQUEST, "confirm must repeat the slug");
    }
    match stub.state().orgs.remove(&slug) {
        Some(mut org) => {
            org.forget_instances();
            Json(json!({ "ok": true, "slug": slug })).into_response()
        }
        None => not_found("org not found"),
    }
}
