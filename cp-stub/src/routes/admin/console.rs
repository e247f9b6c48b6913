//! `GET /cp/admin/workspaces/{id}/console`: the serial console of a machine.
//!
//! Stands for the console handler of molecule-controlplane as `CPProvisioner.GetConsoleOutput` calls it, 2026-06-14.

use axum::{
    Json, Router,
    extract::{Path, State as Ctx},
    response::{IntoResponse, Response},
    routing::get,
};
use http::HeaderMap;
use server_wire::control_plane::Console;

use crate::{
    auth,
    routes::{AuthClass, Route, reply::not_found},
    stub::Stub,
};

/// Origin of the route.
pub(in crate::routes) const ROUTE: Route = Route {
    method: "GET",
    path: "/cp/admin/workspaces/{id}/console",
    auth: AuthClass::Admin,
    origin: "molecule-controlplane GET /cp/admin/workspaces/:id/console (CPProvisioner.GetConsoleOutput)",
    dated: "2026-06-14",
};

pub(super) fn routes() -> Router<Stub> {
    Router::new().route(ROUTE.path, get(handler))
}

async fn handler(Ctx(stub): Ctx<Stub>, Path(workspace_id): Path<String>, headers: HeaderMap) -> Response {
    if let Err(unauthorized) = auth::admin(&headers, &stub.config().admin_api_token) {
        return unauthorized.into_response();
    }
    let state = stub.state();
    let owner = state.orgs.owner_of(&workspace_id, auth::admin_token(&headers));
    match owner.and_then(|org| org.newest_of(&workspace_id)) {
        Some(instance) => Json(Console { output: instance.console.clone() }).into_response(),
        None => not_found("instance not found"),
    }
}
