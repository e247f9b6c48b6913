//! `GET /cp/auth/terms-status`: were the current terms accepted?
//!
//! Stands for the terms handler of molecule-controlplane that the browser calls, 2026-06-14.

use axum::{Json, extract::State as Ctx};
use server_wire::control_plane::TermsStatus;

use crate::{
    auth::Session,
    routes::{AuthClass, Route},
    stub::Stub,
};

pub(super) const TERMS_VERSION: &str = "2026-01";

pub(in crate::routes) const ROUTE: Route =
    Route::get("/cp/auth/terms-status", AuthClass::Session, "browser", "2026-06-14");

pub(in crate::routes) async fn handler(session: Session, Ctx(stub): Ctx<Stub>) -> Json<TermsStatus> {
    let accepted = stub.state().members.has_accepted_terms(&session.cookie);
    Json(TermsStatus { accepted, version: TERMS_VERSION.into() })
}
