//! `GET /workspaces/{id}/events/stream`: server-sent events of one workspace.
//!
//! A ping comes first, at once, so that the caller knows the stream stands; it is repeated because the
//! edge closes idle connections near 100 s.

use std::{convert::Infallible, time::Duration};

use axum::{
    body::{Body, Bytes},
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use futures_util::{Stream, StreamExt, stream};
use server_app::{App, events::Subscription};
use server_store::workspaces::facts;

use crate::http::{extract::WorkspaceAuth, refusal::Refusal};

const PING: &str = ": ping\n\n";
const PING_EVERY: Duration = Duration::from_secs(30);

pub(super) async fn handler(auth: WorkspaceAuth, State(app): State<App>) -> Result<Response, Refusal> {
    let status = facts::status(&app.store.db, auth.id).await;
    status
        .map_err(|cause| Refusal::internal("failed to verify workspace", &cause))?
        .ok_or_else(|| Refusal::not_found("workspace not found"))?;
    let headers = [
        (header::CONTENT_TYPE.as_str(), "text/event-stream"),
        (header::CACHE_CONTROL.as_str(), "no-cache"),
        (header::CONNECTION.as_str(), "keep-alive"),
        ("x-accel-buffering", "no"),
    ];
    Ok((headers, Body::from_stream(frames(app.events.subscribe(auth.id)))).into_response())
}

/// The stream ends with the server; dropping it gives the subscription up.
fn frames(events: Subscription) -> impl Stream<Item = Result<Bytes, Infallible>> + Send {
    let ping = stream::once(async { Ok(Bytes::from_static(PING.as_bytes())) });
    let rest = stream::unfold(events, |mut events| async move {
        let text = match tokio::time::timeout(PING_EVERY, events.next()).await {
            Ok(Some(event)) => format!("data: {}\n\n", event.sse_data()),
            Ok(None) => return None,
            Err(_) => PING.to_owned(),
        };
        Some((Ok(Bytes::from(text)), events))
    });
    ping.chain(rest)
}
