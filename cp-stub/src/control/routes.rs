//! `GET /__stub/routes`: every route with its origin and day, for whoever checks the stub for drift.

use axum::{Json, Router, routing::get};

use crate::{
    routes::{ROUTES, Route},
    stub::Stub,
};

pub(super) fn routes() -> Router<Stub> {
    Router::new().route("/__stub/routes", get(handler))
}

async fn handler() -> Json<&'static [Route]> {
    Json(ROUTES)
}
