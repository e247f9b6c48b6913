//! `GET /cp/auth/me`: who the browser's session belongs to.
//!
//! Stands for the session handler of molecule-controlplane that the browser calls, 2026-06-14.

use axum::{Json, extract::State as Ctx};
use server_wire::control_plane::{ME_PATH, Me};

use crate::{
    auth::Session,
    routes::{AuthClass, Route},
    stub::Stub,
};

pub(in crate::routes) const ROUTE: Route = Route::get(ME_PATH, AuthClass::Session, "browser", "2026-06-14");

pub(in crate::routes) async fn handler(session: Session, Ctx(stub): Ctx<Stub>) -> Json<Me> {
    let org_id = stub.state().orgs.by_slug(session.slug()).map(|org| org.id.clone());
    Json(Me {
        user_id: session.user_id().to_owned(),
        org_id: org_id.unwrap_or_default(),
        email: format!("{}@example.com", session.user_id()),
    })
}
