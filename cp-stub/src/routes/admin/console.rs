//! `GET /cp/admin/workspaces/{id}/console`: the serial console of a machine.
//!
//! Stands for the console handler of molecule-controlplane as `CPProvisioner.GetConsoleOutput` calls it, 2026-06-14.

use axum::{
    Json,
    extract::{Path, State as Ctx},
};
use http::HeaderMap;
use server_wire::control_plane::Console;

use crate::{
    auth::{self, Operator},
    reply::Refusal,
    routes::{AuthClass, Route},
    stub::Stub,
};

pub(in crate::routes) const ROUTE: Route = Route::get(
    "/cp/admin/workspaces/{id}/console",
    AuthClass::Admin,
    "CPProvisioner.GetConsoleOutput",
    "2026-06-14",
);

pub(in crate::routes) async fn handler(
    _: Operator,
    Ctx(stub): Ctx<Stub>,
    Path(workspace_id): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Console>, Refusal> {
    let state = stub.state();
    let owner = state.orgs.owner_of(&workspace_id, auth::admin_token(&headers));
    let instance = owner.and_then(|org| org.newest_of(&workspace_id));
    let instance = instance.ok_or(Refusal::NotFound("instance not found"))?;
    Ok(Json(Console { output: instance.console.clone() }))
}
