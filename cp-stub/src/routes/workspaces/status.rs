//! `GET /cp/workspaces/{id}/status?instance_id=i-...`: the state of a machine.
//!
//! Stands for the status handler of molecule-controlplane as `CPProvisioner.IsRunning` decodes it,
//! 2026-06-14. A machine that nobody knows is 404, never "terminated": a stub that forgot must not
//! make a tenant restart a living agent.

use axum::{
    Json,
    extract::{Path, RawQuery, State as Ctx},
};
use http::HeaderMap;
use server_wire::control_plane::StatusReply;

use super::instance_id;
use crate::{
    auth,
    reply::Refusal,
    routes::{AuthClass, Route},
    stub::Stub,
};

pub(in crate::routes) const ROUTE: Route =
    Route::get("/cp/workspaces/{id}/status", AuthClass::Shared, "CPProvisioner.IsRunning", "2026-06-14");

pub(in crate::routes) async fn handler(
    Ctx(stub): Ctx<Stub>,
    Path(workspace_id): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Json<StatusReply>, Refusal> {
    let state = stub.state();
    let org = auth::shared_for(&state, &headers, &workspace_id)?;
    let id = instance_id(query.as_deref())?;
    let mut instances = org.instances.iter();
    let found = instances.find(|i| i.instance_id == id && i.workspace_id == workspace_id);
    let instance = found.ok_or(Refusal::NotFound("instance not found"))?;
    Ok(Json(StatusReply { state: instance.state.name().to_owned() }))
}
