//! `PUT /__agent/agents/{ws}/heartbeat`: changes the beat; the next one goes out at once.

use std::sync::Arc;

use axum::{
    Router,
    body::Bytes,
    extract::{Path, Query, State},
    response::{IntoResponse, Response},
    routing::put,
};
use http::StatusCode;

use super::{
    Ctx, Which,
    reply::{agent, parse},
};
use crate::agent::{host::Hosted, settings::BeatChange};

pub(super) fn routes() -> Router<Arc<Hosted>> {
    Router::new().route("/__agent/agents/{ws}/heartbeat", put(handler))
}

async fn handler(
    State(hosted): Ctx,
    Path(ws): Path<String>,
    Query(which): Query<Which>,
    body: Bytes,
) -> Response {
    match (agent(&hosted, &ws, &which), parse::<BeatChange>(&body)) {
        (Ok(agent), Ok(change)) => {
            agent.beat().change(change);
            agent.kick();
            StatusCode::NO_CONTENT.into_response()
        }
        (Err(refusal), _) | (_, Err(refusal)) => *refusal,
    }
}
