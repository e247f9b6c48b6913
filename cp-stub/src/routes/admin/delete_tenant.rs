//! `DELETE /cp/admin/tenants/{slug}`: removes a tenant; the body must repeat its slug.
//!
//! Stands for the operator handler of molecule-controlplane that the staging end-to-end run calls, 2026-06-14.

use axum::{
    Json,
    body::Bytes,
    extract::{Path, State as Ctx},
};
use serde_json::{Value, json};
use server_wire::control_plane::DeleteTenant;

use crate::{
    auth::Operator,
    reply::Refusal,
    routes::{AuthClass, Route},
    stub::Stub,
};

pub(in crate::routes) const ROUTE: Route =
    Route::delete("/cp/admin/tenants/{slug}", AuthClass::Admin, "staging end-to-end run", "2026-06-14");

pub(in crate::routes) async fn handler(
    _: Operator,
    Ctx(stub): Ctx<Stub>,
    Path(slug): Path<String>,
    body: Bytes,
) -> Result<Json<Value>, Refusal> {
    let confirmed = serde_json::from_slice(&body).is_ok_and(|body: DeleteTenant| body.confirm == slug);
    if !confirmed {
        return Err(Refusal::Invalid("confirm must repeat the slug"));
    }
    let mut org = stub.state().orgs.remove(&slug).ok_or(Refusal::NotFound("org not found"))?;
    org.forget_instances();
    Ok(Json(json!({ "ok": true, "slug": slug })))
}
