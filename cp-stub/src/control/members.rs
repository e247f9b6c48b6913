//! `PUT /__stub/members`: replaces the table of sessions, cookie -> `{slug, member, user_id}`.
//!
//! A cookie is a whole `Cookie` header or one `name=value` pair of it.

use std::collections::BTreeMap;

use axum::{Json, Router, extract::State as Ctx, routing::put};
use http::StatusCode;

use crate::{state::Member, stub::Stub};

pub(super) fn routes() -> Router<Stub> {
    Router::new().route("/__stub/members", put(handler))
}

async fn handler(Ctx(stub): Ctx<Stub>, Json(members): Json<BTreeMap<String, Member>>) -> StatusCode {
    stub.state().members.replace(members);
    StatusCode::NO_CONTENT
}
