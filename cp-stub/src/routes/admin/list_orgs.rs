//! `GET /cp/admin/orgs`: all orgs with the state of their machine.
//!
//! Stands for the operator handler of molecule-controlplane that the staging end-to-end run calls, 2026-06-14.

use axum::{Json, extract::State as Ctx};
use server_wire::control_plane::AdminOrgList;

use crate::{
    auth::Operator,
    routes::{AuthClass, Route},
    state::Org,
    stub::Stub,
};

pub(in crate::routes) const ROUTE: Route =
    Route::get("/cp/admin/orgs", AuthClass::Admin, "staging end-to-end run", "2026-06-14");

pub(in crate::routes) async fn handler(_: Operator, Ctx(stub): Ctx<Stub>) -> Json<AdminOrgList> {
    Json(AdminOrgList { orgs: stub.state().orgs.iter().map(Org::admin_listed).collect() })
}
