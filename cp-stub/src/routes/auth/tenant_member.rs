//! `GET /cp/auth/tenant-member?slug=`: does the session's user belong to this tenant?
//!
//! Stands for the membership handler of molecule-controlplane as the session verifier reads it, 2026-06-14.

use axum::{
    Json, Router,
    extract::{RawQuery, State as Ctx},
    response::{IntoResponse, Response},
    routing::get,
};
use http::HeaderMap;
use server_wire::control_plane::{TENANT_MEMBER_PATH, TenantMember};

use crate::{
    auth,
    routes::{AuthClass, Route, query_value},
    stub::Stub,
};

/// Origin of the route.
pub(in crate::routes) const ROUTE: Route = Route {
    method: "GET",
    path: TENANT_MEMBER_PATH,
    auth: AuthClass::Session,
    origin: "molecule-controlplane GET /cp/auth/tenant-member (session verifier)",
    dated: "2026-06-14",
};

pub(super) fn routes() -> Router<Stub> {
    Router::new().route(ROUTE.path, get(handler))
}

async fn handler(Ctx(stub): Ctx<Stub>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let slug = query_value(query.as_deref(), "slug").unwrap_or_default();
    let state = stub.state();
    match auth::session(&state, &headers) {
        Ok((_, member)) => Json(TenantMember {
            member: member.member && member.slug == slug,
            user_id: member.user_id.clone(),
        })
        .into_response(),
        Err(unauthorized) => unauthorized.into_response(),
    }
}
