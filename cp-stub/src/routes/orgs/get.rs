//! `GET /cp/orgs/{slug}`: one org of the session's user.
//!
//! Stands for the org handler of molecule-controlplane that the browser calls, 2026-06-14.

use axum::Json;
use server_wire::control_plane::Org;

use crate::{
    auth::OwnOrg,
    routes::{AuthClass, Route},
};

pub(in crate::routes) const ROUTE: Route =
    Route::get("/cp/orgs/{slug}", AuthClass::Session, "browser", "2026-06-14");

pub(in crate::routes) async fn handler(OwnOrg(org): OwnOrg) -> Json<Org> {
    Json(org)
}
