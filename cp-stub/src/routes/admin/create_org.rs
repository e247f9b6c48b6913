//! `POST /cp/admin/orgs`: makes an org with credentials of its own.
//!
//! Stands for the operator handler of molecule-controlplane that the staging end-to-end run calls, 2026-06-14.

use axum::{
    Json, Router,
    body::Bytes,
    extract::State as Ctx,
    response::{IntoResponse, Response},
    routing::post,
};
use http::{HeaderMap, StatusCode};
use server_wire::control_plane::CreateOrg;
use uuid::Uuid;

use crate::{
    auth,
    routes::{
        AuthClass, Route,
        reply::{invalid_body, refused},
    },
    state::Org,
    stub::Stub,
};

/// Origin of the route.
pub(in crate::routes) const ROUTE: Route = Route {
    method: "POST",
    path: "/cp/admin/orgs",
    auth: AuthClass::Admin,
    origin: "molecule-controlplane POST /cp/admin/orgs (staging end-to-end run)",
    dated: "2026-06-14",
};

pub(super) fn routes() -> Router<Stub> {
    Router::new().route(ROUTE.path, post(handler))
}

async fn handler(Ctx(stub): Ctx<Stub>, headers: HeaderMap, body: Bytes) -> Response {
    if let Err(unauthorized) = auth::admin(&headers, &stub.config().admin_api_token) {
        return unauthorized.into_response();
    }
    let Ok(CreateOrg { slug, name }) = serde_json::from_slice(&body) else { return invalid_body() };
    if slug.is_empty() || slug.contains('/') {
        return invalid_body();
    }
    let mut state = stub.state();
    if state.orgs.by_slug(&slug).is_some() {
        return refused(StatusCode::CONFLICT, "slug already taken");
    }
    let admin_token = Uuid::new_v4().simple().to_string();
    let mut org =
        Org::new(Uuid::new_v4().to_string(), slug, admin_token, stub.config().shared_secret.clone());
    if let Some(name) = name {
        org.name = name;
    }
    Json(state.orgs.add(org).admin_listed()).into_response()
}
