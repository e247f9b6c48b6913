//! `PUT /__agent/agents/{ws}/heartbeat`: changes the beat; the next one goes out at once.
//!
//! Who turns the beat off is answered when the last one is over: a beat still on its way would
//! bring back to life what a replay lets die next.

use std::{sync::Arc, time::Duration};

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

/// A platform that does not answer is not waited for longer.
const LAST_BEAT_WITHIN: Duration = Duration::from_secs(5);

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
            let on = {
                let mut beat = agent.beat();
                beat.change(change);
                beat.on
            };
            agent.kick();
            if !on {
                // Either way nothing more is sent; only a hanging platform makes this run out.
                drop(tokio::time::timeout(LAST_BEAT_WITHIN, agent.beating()).await);
            }
            StatusCode::NO_CONTENT.into_response()
        }
        (Err(refusal), _) | (_, Err(refusal)) => *refusal,
    }
}
