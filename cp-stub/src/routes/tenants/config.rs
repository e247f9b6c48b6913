//! `GET /cp/tenants/config`: values that override a tenant's environment at its boot.
//!
//! Stands for the tenant configuration handler of molecule-controlplane as `refreshEnvFromCP` reads
//! it (`cp_config.go`), 2026-06-14.

use axum::{
    Json, Router,
    extract::State as Ctx,
    response::{IntoResponse, Response},
    routing::get,
};
use http::{HeaderMap, header};
use server_wire::control_plane::CONFIG_PATH;

use crate::{
    auth,
    routes::{AuthClass, Route},
    stub::Stub,
};

/// Origin of the route.
pub(in crate::routes) const ROUTE: Route = Route {
    method: "GET",
    path: CONFIG_PATH,
    auth: AuthClass::Tenant,
    origin: "molecule-controlplane GET /cp/tenants/config (refreshEnvFromCP, #2863)",
    dated: "2026-06-14",
};

pub(super) fn routes() -> Router<Stub> {
    Router::new().route(CONFIG_PATH, get(handler))
}

async fn handler(Ctx(stub): Ctx<Stub>, headers: HeaderMap) -> Response {
    let state = stub.state();
    match auth::tenant(&state, &headers) {
        Ok(org) => Json(org.served_config(&own_url(&stub, &headers))).into_response(),
        Err(unauthorized) => unauthorized.into_response(),
    }
}

/// The stub's address as this tenant reached it, unless it was told another.
fn own_url(stub: &Stub, headers: &HeaderMap) -> String {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    stub.config().public_url.clone().unwrap_or_else(|| format!("http://{host}"))
}
