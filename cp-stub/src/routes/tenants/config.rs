//! `GET /cp/tenants/config`: values that override a tenant's environment at its boot.
//!
//! Stands for the tenant configuration handler of molecule-controlplane as `refreshEnvFromCP` reads
//! it (`cp_config.go`), 2026-06-14.

use axum::{Json, extract::State as Ctx};
use http::{HeaderMap, header};
use server_wire::control_plane::{CONFIG_PATH, TenantConfig};

use crate::{
    auth::TenantOrg,
    reply::Refusal,
    routes::{AuthClass, Route},
    stub::Stub,
};

pub(in crate::routes) const ROUTE: Route =
    Route::get(CONFIG_PATH, AuthClass::Tenant, "refreshEnvFromCP, #2863", "2026-06-14");

pub(in crate::routes) async fn handler(
    TenantOrg(id): TenantOrg,
    Ctx(stub): Ctx<Stub>,
    headers: HeaderMap,
) -> Result<Json<TenantConfig>, Refusal> {
    let state = stub.state();
    let org = state.orgs.by_id(&id).ok_or(Refusal::Unauthorized)?;
    Ok(Json(org.served_config(&own_url(&stub, &headers))))
}

/// The stub's address as this tenant reached it, unless it was told another.
fn own_url(stub: &Stub, headers: &HeaderMap) -> String {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    stub.config().public_url.clone().unwrap_or_else(|| format!("http://{host}"))
}
