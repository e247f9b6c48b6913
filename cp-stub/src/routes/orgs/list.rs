//! `GET /cp/orgs`: the orgs of the session's user.
//!
//! Stands for the org list handler of molecule-controlplane that the browser calls, 2026-06-14.

use axum::{Json, extract::State as Ctx};
use serde_json::{Value, json};

use crate::{
    auth::Session,
    routes::{AuthClass, Route},
    state::Org,
    stub::Stub,
};

pub(in crate::routes) const ROUTE: Route =
    Route::get("/cp/orgs", AuthClass::Session, "browser", "2026-06-14");

pub(in crate::routes) async fn handler(session: Session, Ctx(stub): Ctx<Stub>) -> Json<Value> {
    let state = stub.state();
    let own = state.orgs.iter().filter(|org| session.is_member_of(&org.slug));
    Json(json!({ "orgs": own.map(Org::listed).collect::<Vec<_>>() }))
}
