//! `POST /cp/admin/orgs`: makes an org with credentials of its own.
//!
//! Stands for the operator handler of molecule-controlplane that the staging end-to-end run calls, 2026-06-14.

use axum::{Json, body::Bytes, extract::State as Ctx};
use server_wire::control_plane::{AdminOrg, CreateOrg};
use uuid::Uuid;

use crate::{
    auth::Operator,
    reply::{INVALID_BODY, Refusal},
    routes::{AuthClass, Route},
    state::Org,
    stub::Stub,
};

pub(in crate::routes) const ROUTE: Route =
    Route::post("/cp/admin/orgs", AuthClass::Admin, "staging end-to-end run", "2026-06-14");

pub(in crate::routes) async fn handler(
    _: Operator,
    Ctx(stub): Ctx<Stub>,
    body: Bytes,
) -> Result<Json<AdminOrg>, Refusal> {
    let CreateOrg { slug, name } = serde_json::from_slice(&body).map_err(|_| INVALID_BODY)?;
    if slug.is_empty() || slug.contains('/') {
        return Err(INVALID_BODY);
    }
    let mut state = stub.state();
    if state.orgs.by_slug(&slug).is_some() {
        return Err(Refusal::Conflict("slug already taken"));
    }
    let admin_token = Uuid::new_v4().simple().to_string();
    let mut org =
        Org::new(Uuid::new_v4().to_string(), slug, admin_token, stub.config().shared_secret.clone());
    if let Some(name) = name {
        org.name = name;
    }
    Ok(Json(state.orgs.add(org).admin_listed()))
}
