//! `POST /__agent/agents/{ws}/register`: registers again and shows the platform's answer.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{Path, Query, State},
    response::{IntoResponse, Response},
    routing::post,
};
use serde_json::json;

use super::{Ctx, Which, reply::agent};
use crate::agent::{host::Hosted, platform};

pub(super) fn routes() -> Router<Arc<Hosted>> {
    Router::new().route("/__agent/agents/{ws}/register", post(handler))
}

async fn handler(State(hosted): Ctx, Path(ws): Path<String>, Query(which): Query<Which>) -> Response {
    match agent(&hosted, &ws, &which) {
        Ok(agent) => {
            let registered = platform::register(&agent).await;
            Json(json!({ "status": registered.status, "body": registered.body })).into_response()
        }
        Err(refusal) => *refusal,
    }
}
