//! `GET /cp/auth/tenant-member?slug=`: does the session's user belong to this tenant?
//!
//! Stands for the membership handler of molecule-controlplane as the session verifier reads it, 2026-06-14.

use axum::{Json, extract::RawQuery};
use server_wire::control_plane::{TENANT_MEMBER_PATH, TenantMember};

use crate::{
    auth::Session,
    routes::{AuthClass, Route, query_value},
};

pub(in crate::routes) const ROUTE: Route =
    Route::get(TENANT_MEMBER_PATH, AuthClass::Session, "session verifier", "2026-06-14");

pub(in crate::routes) async fn handler(session: Session, RawQuery(query): RawQuery) -> Json<TenantMember> {
    let slug = query_value(query.as_deref(), "slug").unwrap_or_default();
    Json(TenantMember { member: session.is_member_of(&slug), user_id: session.user_id().to_owned() })
}
