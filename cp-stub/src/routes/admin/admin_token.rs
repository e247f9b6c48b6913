//! `GET /cp/admin/orgs/{slug}/admin-token`: the admin token of a tenant.
//!
//! Stands for the operator handler of molecule-controlplane that the staging end-to-end run calls, 2026-06-14.

use axum::{
    Json,
    extract::{Path, State as Ctx},
};
use server_wire::control_plane::AdminToken;

use crate::{
    auth::Operator,
    reply::Refusal,
    routes::{AuthClass, Route},
    stub::Stub,
};

pub(in crate::routes) const ROUTE: Route =
    Route::get("/cp/admin/orgs/{slug}/admin-token", AuthClass::Admin, "staging end-to-end run", "2026-06-14");

pub(in crate::routes) async fn handler(
    _: Operator,
    Ctx(stub): Ctx<Stub>,
    Path(slug): Path<String>,
) -> Result<Json<AdminToken>, Refusal> {
    let state = stub.state();
    let org = state.orgs.by_slug(&slug).ok_or(Refusal::NotFound("org not found"))?;
    Ok(Json(AdminToken { admin_token: org.admin_token.clone() }))
}
