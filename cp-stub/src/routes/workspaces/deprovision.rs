//! `DELETE /cp/workspaces/{id}?instance_id=i-...`: terminates a machine and its agent.
//!
//! Stands for the deprovision handler of molecule-controlplane as `CPProvisioner.Stop` calls it,
//! 2026-06-14. Like the cloud below it, it refuses anything that is not a machine id (#1738) and
//! calls a machine that nobody knows gone.

use axum::{
    Router,
    extract::{Path, RawQuery, State as Ctx},
    response::{IntoResponse, Response},
    routing::delete,
};
use http::{HeaderMap, StatusCode};

use crate::{
    auth, launch,
    routes::{AuthClass, Route, query_value, reply::refused},
    state::MachineState,
    stub::Stub,
};

/// Origin of the route.
pub(in crate::routes) const ROUTE: Route = Route {
    method: "DELETE",
    path: "/cp/workspaces/{id}",
    auth: AuthClass::Shared,
    origin: "molecule-controlplane DELETE /cp/workspaces/:id (CPProvisioner.Stop, #1738)",
    dated: "2026-06-14",
};

pub(super) fn routes() -> Router<Stub> {
    Router::new().route(ROUTE.path, delete(handler))
}

async fn handler(
    Ctx(stub): Ctx<Stub>,
    Path(workspace_id): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let instance_id = query_value(query.as_deref(), "instance_id").unwrap_or_default();
    let org_id = {
        let mut state = stub.state();
        let token = auth::admin_token(&headers);
        let org = state
            .orgs
            .owner_of(&workspace_id, token)
            .or_else(|| token.and_then(|token| state.orgs.by_admin_token(token)));
        if let Err(unauthorized) = auth::shared(&headers, org) {
            return unauthorized.into_response();
        }
        let org_id = org.map(|org| org.id.clone()).unwrap_or_default();
        if !instance_id.starts_with("i-") {
            return refused(StatusCode::BAD_REQUEST, "InvalidInstanceID.Malformed");
        }
        if let Some(instance) = state.orgs.instance_mut(&instance_id) {
            if instance.workspace_id != workspace_id || instance.org_id != org_id {
                return refused(StatusCode::NOT_FOUND, "instance does not belong to this workspace");
            }
            instance.state = MachineState::Terminated;
            instance.cancel_launch();
        }
        org_id
    };
    launch::stop_agent(&stub, &workspace_id, &org_id, &instance_id).await;
    StatusCode::NO_CONTENT.into_response()
}
