//! `GET /cp/orgs/{slug}/export`: the org's own data.
//!
//! Stands for the org handler of molecule-controlplane that the browser calls, 2026-06-14.

use axum::Json;
use serde_json::{Value, json};

use crate::{
    auth::OwnOrg,
    routes::{AuthClass, Route},
};

pub(in crate::routes) const ROUTE: Route =
    Route::get("/cp/orgs/{slug}/export", AuthClass::Session, "browser", "2026-06-14");

pub(in crate::routes) async fn handler(OwnOrg(org): OwnOrg) -> Json<Value> {
    Json(json!({ "org": org, "workspaces": [] }))
}
