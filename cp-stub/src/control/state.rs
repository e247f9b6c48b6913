//! `GET /__stub/state`: counters, also per org, machines, faults, build.

use axum::{Json, Router, extract::State as Ctx, routing::get};

use crate::{
    state::{Snapshot, snapshot},
    stub::Stub,
};

pub(super) fn routes() -> Router<Stub> {
    Router::new().route("/__stub/state", get(handler))
}

async fn handler(Ctx(stub): Ctx<Stub>) -> Json<Snapshot> {
    Json(snapshot(&stub.state()))
}
