//! `GET /cp/orgs/{slug}/instance`: where the production edge routes a tenant.
//!
//! Stands for the routing handler of molecule-controlplane that the production edge asks, 2026-06-14.

use axum::{
    Json,
    extract::{Path, State as Ctx},
};
use server_wire::control_plane::OrgInstance;

use crate::{
    reply::Refusal,
    routes::{AuthClass, Route},
    stub::Stub,
};

pub(in crate::routes) const ROUTE: Route =
    Route::get("/cp/orgs/{slug}/instance", AuthClass::Open, "edge routing", "2026-06-14");

pub(in crate::routes) async fn handler(
    Ctx(stub): Ctx<Stub>,
    Path(slug): Path<String>,
) -> Result<Json<OrgInstance>, Refusal> {
    let state = stub.state();
    let org = state.orgs.by_slug(&slug).ok_or(Refusal::NotFound("org not found"))?;
    Ok(Json(OrgInstance {
        slug: org.slug.clone(),
        status: "running".into(),
        ip: "10.0.0.10".into(),
        region: "us-east-2".into(),
    }))
}
