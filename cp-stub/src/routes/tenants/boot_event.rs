//! `POST /cp/tenants/boot-event`: a tenant's machine reports how far its boot came.
//!
//! Stands for the boot-event handler of molecule-controlplane (cp#235, cp#238), 2026-06-14: 401
//! until a stored row carries the tenant's admin token.

use axum::{Extension, Json, body::Bytes};
use server_wire::control_plane::{BOOT_EVENT_PATH, BootEvent, BootEventAck};

use crate::{
    auth::TenantOrg,
    fault::Script,
    front::Scripted,
    reply::{INVALID_BODY, Refusal},
    routes::{AuthClass, Route},
};

pub(in crate::routes) const ROUTE: Route =
    Route::post(BOOT_EVENT_PATH, AuthClass::Tenant, "cp#235, cp#238", "2026-06-14");

pub(in crate::routes) async fn handler(
    _: TenantOrg,
    Extension(scripted): Extension<Scripted>,
    body: Bytes,
) -> Result<Json<BootEventAck>, Refusal> {
    if matches!(scripted.0, Some(Script::CredentialsNotPersisted)) {
        return Err(Refusal::Unauthorized);
    }
    serde_json::from_slice::<BootEvent>(&body).map_err(|_| INVALID_BODY)?;
    Ok(Json(BootEventAck { ok: true }))
}
