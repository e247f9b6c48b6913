//! `DELETE /cp/workspaces/{id}?instance_id=i-...`: terminates a machine and its agent.
//!
//! Stands for the deprovision handler of molecule-controlplane as `CPProvisioner.Stop` calls it,
//! 2026-06-14. Like the cloud below it, it refuses anything that is not a machine id (#1738) and
//! calls a machine that nobody knows gone.

use axum::extract::{Path, RawQuery, State as Ctx};
use http::{HeaderMap, StatusCode};

use super::instance_id;
use crate::{
    auth, launch,
    reply::Refusal,
    routes::{AuthClass, Route},
    state::MachineState,
    stub::Stub,
};

pub(in crate::routes) const ROUTE: Route =
    Route::delete("/cp/workspaces/{id}", AuthClass::Shared, "CPProvisioner.Stop, #1738", "2026-06-14");

pub(in crate::routes) async fn handler(
    Ctx(stub): Ctx<Stub>,
    Path(workspace_id): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<StatusCode, Refusal> {
    let org_id = auth::shared_for(&stub.state(), &headers, &workspace_id)?.id.clone();
    let id = instance_id(query.as_deref())?;
    terminate(&stub, &workspace_id, &org_id, &id)?;
    launch::stop_agent(&stub, &workspace_id, &org_id, &id).await;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends the machine; one that nobody knows is gone already.
fn terminate(stub: &Stub, workspace_id: &str, org_id: &str, id: &str) -> Result<(), Refusal> {
    let mut state = stub.state();
    let Some(instance) = state.orgs.instance_mut(id) else { return Ok(()) };
    if instance.workspace_id != workspace_id || instance.org_id != org_id {
        return Err(Refusal::NotFound("instance does not belong to this workspace"));
    }
    instance.state = MachineState::Terminated;
    instance.cancel_launch();
    Ok(())
}
