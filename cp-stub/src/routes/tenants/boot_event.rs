//! `POST /cp/tenants/boot-event`: a tenant's machine reports how far its boot came.
//!
//! Stands for the boot-event handler of molecule-controlplane (cp#235, cp#238), 2026-06-14: 401
//! until a stored row carries the tenant's admin token.

use axum::{
    Extension, Json, Router,
    body::Bytes,
    extract::State as Ctx,
    response::{IntoResponse, Response},
    routing::post,
};
use http::HeaderMap;
use server_wire::control_plane::{BOOT_EVENT_PATH, BootEvent, BootEventAck};

use crate::{
    auth::{self, Unauthorized},
    fault::Script,
    front::Scripted,
    routes::{AuthClass, Route, reply::invalid_body},
    stub::Stub,
};

/// Origin of the route.
pub(in crate::routes) const ROUTE: Route = Route {
    method: "POST",
    path: BOOT_EVENT_PATH,
    auth: AuthClass::Tenant,
    origin: "molecule-controlplane POST /cp/tenants/boot-event (cp#235, cp#238)",
    dated: "2026-06-14",
};

pub(super) fn routes() -> Router<Stub> {
    Router::new().route(BOOT_EVENT_PATH, post(handler))
}

async fn handler(
    Ctx(stub): Ctx<Stub>,
    Extension(scripted): Extension<Scripted>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if matches!(scripted.0, Some(Script::CredentialsNotPersisted)) {
        return Unauthorized.into_response();
    }
    if let Err(unauthorized) = auth::tenant(&stub.state(), &headers) {
        return unauthorized.into_response();
    }
    match serde_json::from_slice::<BootEvent>(&body) {
        Ok(_) => Json(BootEventAck { ok: true }).into_response(),
        Err(_) => invalid_body(),
    }
}
