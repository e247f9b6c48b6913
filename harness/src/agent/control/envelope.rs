//! `POST /__agent/agents/{ws}/envelope`: runs the channel-envelope builder on a raw inbound row.

use std::sync::Arc;

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path, Query, State},
    response::{IntoResponse, Response},
    routing::post,
};
use serde_json::{Value, json};

use super::{
    Ctx, Which,
    reply::{agent, parse},
};
use crate::agent::{host::Hosted, platform::envelope_of};

pub(super) fn routes() -> Router<Arc<Hosted>> {
    Router::new().route("/__agent/agents/{ws}/envelope", post(handler))
}

async fn handler(
    State(hosted): Ctx,
    Path(ws): Path<String>,
    Query(which): Query<Which>,
    body: Bytes,
) -> Response {
    match (agent(&hosted, &ws, &which), parse::<Value>(&body)) {
        (Ok(agent), Ok(row)) => {
            agent.wait_known().await;
            let (envelope, lookups) = envelope_of(&agent, &row).await;
            Json(json!({ "envelope": envelope, "lookups": lookups })).into_response()
        }
        (Err(refusal), _) | (_, Err(refusal)) => *refusal,
    }
}
