//! `POST /__stub/reset`: forgets counters, log, faults, machines and sessions; orgs and their
//! credentials stay.

use axum::{Router, extract::State as Ctx, routing::post};
use http::StatusCode;

use crate::stub::Stub;

pub(super) fn routes() -> Router<Stub> {
    Router::new().route("/__stub/reset", post(handler))
}

async fn handler(Ctx(stub): Ctx<Stub>) -> StatusCode {
    stub.state().reset();
    StatusCode::NO_CONTENT
}
