//! `GET /__stub/requests?path=&method=&org_id=&workspace_id=&after=`: the log, oldest first.
//!
//! `path` may use the patterns of faults.

use axum::{
    Json, Router,
    extract::{Query, State as Ctx},
    routing::get,
};

use crate::{
    state::{Filter, Logged},
    stub::Stub,
};

pub(super) fn routes() -> Router<Stub> {
    Router::new().route("/__stub/requests", get(handler))
}

async fn handler(Ctx(stub): Ctx<Stub>, Query(filter): Query<Filter>) -> Json<Vec<Logged>> {
    Json(stub.state().log.matching(&filter))
}
