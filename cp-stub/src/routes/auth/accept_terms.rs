//! `POST /cp/auth/accept-terms`: accepts the current terms.
//!
//! Stands for the terms handler of molecule-controlplane that the browser calls, 2026-06-14.

use axum::{Json, extract::State as Ctx};
use server_wire::control_plane::TermsStatus;

use super::terms_status::TERMS_VERSION;
use crate::{
    auth::Session,
    routes::{AuthClass, Route},
    stub::Stub,
};

pub(in crate::routes) const ROUTE: Route =
    Route::post("/cp/auth/accept-terms", AuthClass::Session, "browser", "2026-06-14");

pub(in crate::routes) async fn handler(session: Session, Ctx(stub): Ctx<Stub>) -> Json<TermsStatus> {
    stub.state().members.accept_terms(&session.cookie);
    Json(TermsStatus { accepted: true, version: TERMS_VERSION.into() })
}
