//! `PUT /__agent/seams/{seam}`: brings a client's bug back in every agent.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Path, State},
    response::{IntoResponse, Response},
    routing::put,
};
use http::StatusCode;

use super::{Ctx, reply::refused};
use crate::agent::{host::Hosted, seams::Seam};

pub(super) fn routes() -> Router<Arc<Hosted>> {
    Router::new().route("/__agent/seams/{seam}", put(open))
}

async fn open(State(hosted): Ctx, Path(seam): Path<String>) -> Response {
    let Some(seam) = Seam::named(&seam) else {
        return refused(StatusCode::NOT_FOUND, format!("no such seam: {seam}"));
    };
    hosted.seams.open(seam);
    StatusCode::NO_CONTENT.into_response()
}
