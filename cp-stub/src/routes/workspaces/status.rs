//! `GET /cp/workspaces/{id}/status?instance_id=i-...`: the state of a machine.
//!
//! Stands for the status handler of molecule-controlplane as `CPProvisioner.IsRunning` decodes it,
//! 2026-06-14. A machine that nobody knows is 404, never "terminated": a stub that forgot must not
//! make a tenant restart a living agent.

use axum::{
    Json, Router,
    extract::{Path, RawQuery, State as Ctx},
    response::{IntoResponse, Response},
    routing::get,
};
use http::{HeaderMap, StatusCode};
use server_wire::control_plane::StatusReply;

use crate::{
    auth,
    routes::{
        AuthClass, Route, query_value,
        reply::{not_found, refused},
    },
    stub::Stub,
};

/// Origin of the route.
pub(in crate::routes) const ROUTE: Route = Route {
    method: "GET",
    path: "/cp/workspaces/{id}/status",
    auth: AuthClass::Shared,
    origin: "molecule-controlplane GET /cp/workspaces/:id/status (CPProvisioner.IsRunning)",
    dated: "2026-06-14",
};

pub(super) fn routes() -> Router<Stub> {
    Router::new().route(ROUTE.path, get(handler))
}

async fn handler(
    Ctx(stub): Ctx<Stub>,
    Path(workspace_id): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let instance_id = query_value(query.as_deref(), "instance_id").unwrap_or_default();
    let state = stub.state();
    let token = auth::admin_token(&headers);
    let org = state
        .orgs
        .owner_of(&workspace_id, token)
        .or_else(|| token.and_then(|token| state.orgs.by_admin_token(token)));
    if let Err(unauthorized) = auth::shared(&headers, org) {
        return unauthorized.into_response();
    }
    if !instance_id.starts_with("i-") {
        return refused(StatusCode::BAD_REQUEST, "InvalidInstanceID.Malformed");
    }
    let found = org.and_then(|org| {
        org.instances.iter().find(|i| i.instance_id == instance_id && i.workspace_id == workspace_id)
    });
    match found {
        Some(instance) => Json(StatusReply { state: instance.state.name().to_owned() }).into_response(),
        None => not_found("instance not found"),
    }
}
