//! `PUT /__agent/agents/{ws}/uploads`: how the chat-file endpoints answer, and what becomes of the
//! stored inbound secret.

use std::{io, sync::Arc};

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
    reply::{agent, parse, refused},
};
use crate::agent::{
    disk::{Disk, INBOUND_SECRET},
    host::Hosted,
    settings::{SecretChange, UploadsChange},
};

pub(super) fn routes() -> Router<Arc<Hosted>> {
    Router::new().route("/__agent/agents/{ws}/uploads", put(handler))
}

async fn handler(
    State(hosted): Ctx,
    Path(ws): Path<String>,
    Query(which): Query<Which>,
    body: Bytes,
) -> Response {
    let (agent, change) = match (agent(&hosted, &ws, &which), parse::<UploadsChange>(&body)) {
        (Ok(agent), Ok(change)) => (agent, change),
        (Err(refusal), _) | (_, Err(refusal)) => return *refusal,
    };
    agent.uploads().change(change.force, change.slow_read_ms);
    match change.secret.map_or(Ok(()), |secret| change_secret(agent.disk(), secret)) {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(error) => refused(StatusCode::INTERNAL_SERVER_ERROR, error),
    }
}

fn change_secret(disk: &Disk, change: SecretChange) -> io::Result<()> {
    match change {
        SecretChange::Delete => disk.remove(INBOUND_SECRET),
        SecretChange::Empty => disk.store_secret(INBOUND_SECRET, ""),
        SecretChange::Replace(secret) => disk.store_secret(INBOUND_SECRET, &secret),
    }
}
