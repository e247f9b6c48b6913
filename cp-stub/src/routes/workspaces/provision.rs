//! `POST /cp/workspaces/provision`: makes a machine and starts its agent.
//!
//! Stands for the provision handler of molecule-controlplane as `CPProvisioner.Start` decodes it
//! (`cpProvisionResponse`), 2026-06-14: success is exactly 201 (#2873).

use axum::{Extension, Json, body::Bytes, extract::State as Ctx};
use http::{HeaderMap, StatusCode};
use serde_json::Value;
use server_wire::control_plane::{PROVISION_PATH, ProvisionReply, ProvisionRequest};
use uuid::Uuid;

use crate::{
    auth,
    fault::{LaunchMode, Script},
    front::{Scripted, facts},
    launch::{self, Launch},
    reply::{INVALID_BODY, Refusal},
    routes::{AuthClass, Route},
    state::{Instance, MachineState, State},
    stub::Stub,
};

pub(in crate::routes) const ROUTE: Route =
    Route::post(PROVISION_PATH, AuthClass::Shared, "cpProvisionResponse, #2873", "2026-06-14");

pub(in crate::routes) async fn handler(
    Ctx(stub): Ctx<Stub>,
    Extension(scripted): Extension<Scripted>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<(StatusCode, Json<ProvisionReply>), Refusal> {
    let name = serde_json::from_slice::<Value>(&body).ok().as_ref().and_then(facts::workspace_name);
    let (request, instance) = accept(&stub, &headers, &body, &scripted)?;
    let reply = ProvisionReply {
        instance_id: instance.instance_id.clone(),
        private_ip: instance.private_ip,
        state: instance.state.name().to_owned(),
        error: String::new(),
    };
    let mode = mode(&scripted, name.as_deref());
    launch::launch(&stub, Launch::new(request, instance.instance_id), mode).await;
    Ok((StatusCode::CREATED, Json(reply)))
}

/// Credentials first, then the body, then the machine.
fn accept(
    stub: &Stub,
    headers: &HeaderMap,
    body: &[u8],
    scripted: &Scripted,
) -> Result<(ProvisionRequest, Instance), Refusal> {
    let mut state = stub.state();
    let Ok(request) = serde_json::from_slice::<ProvisionRequest>(body) else {
        let known = state.orgs.iter().any(|org| auth::shared(headers, Some(org)).is_ok());
        return Err(if known { INVALID_BODY } else { Refusal::Unauthorized });
    };
    auth::shared(headers, state.orgs.by_id(&request.org_id))?;
    check(&request).map_err(Refusal::Invalid)?;
    let instance = create(&mut state, &request, scripted);
    Ok((request, instance))
}

fn check(request: &ProvisionRequest) -> Result<(), &'static str> {
    if Uuid::parse_str(&request.workspace_id).is_err() {
        return Err("workspace_id must be a UUID");
    }
    if request.runtime.is_empty() {
        return Err("runtime is required");
    }
    if !request.platform_url.starts_with("http://") && !request.platform_url.starts_with("https://") {
        return Err("platform_url must be http or https");
    }
    Ok(())
}

fn create(state: &mut State, request: &ProvisionRequest, scripted: &Scripted) -> Instance {
    let instance_id = match &scripted.0 {
        Some(Script::InstanceId(id)) => id.clone(),
        _ => format!("i-{}", &Uuid::new_v4().simple().to_string()[..17]),
    };
    let number = state.orgs.instances().count() + 10;
    let instance = Instance {
        console: format!("[    0.000000] {instance_id}: booting {}\n", request.runtime),
        instance_id,
        workspace_id: request.workspace_id.clone(),
        org_id: request.org_id.clone(),
        private_ip: format!("10.0.{}.{}", (number / 250) % 250, number % 250 + 1),
        state: MachineState::Running,
        created_at: chrono::Utc::now(),
        pending_launch: None,
    };
    if let Some(org) = state.orgs.by_id_mut(&request.org_id) {
        org.instances.push(instance.clone());
    }
    instance
}

fn mode(scripted: &Scripted, name: Option<&str>) -> LaunchMode {
    match &scripted.0 {
        Some(Script::Launch(mode)) => *mode,
        _ => launch::mode_of_name(name),
    }
}
