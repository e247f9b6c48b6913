//! `POST /__agent/agents/{ws}/tools/{tool}`: runs a tool and returns its text.
//!
//! `as` lets the tool call the platform as somebody else, or with a credential missing.

use std::sync::Arc;

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path, Query, State},
    response::{IntoResponse, Response},
    routing::post,
};
use http::StatusCode;
use serde::Deserialize;
use serde_json::Value;

use super::{
    Ctx, Which,
    reply::{agent, parse, refused},
};
use crate::agent::{
    host::Hosted,
    platform::{As, Caller},
    tools,
};

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Body {
    args: Value,
    #[serde(rename = "as")]
    other: As,
}

pub(super) fn routes() -> Router<Arc<Hosted>> {
    Router::new().route("/__agent/agents/{ws}/tools/{tool}", post(handler))
}

async fn handler(
    State(hosted): Ctx,
    Path((ws, tool)): Path<(String, String)>,
    Query(which): Query<Which>,
    body: Bytes,
) -> Response {
    let body = if body.is_empty() { Bytes::from_static(b"{}") } else { body };
    let (agent, body) = match (agent(&hosted, &ws, &which), parse::<Body>(&body)) {
        (Ok(agent), Ok(body)) => (agent, body),
        (Err(refusal), _) | (_, Err(refusal)) => return *refusal,
    };
    agent.wait_known().await;
    let caller = Caller::own(&agent).with(body.other);
    match tools::run(&agent, &caller, &tool, &body.args).await {
        Some(told) => Json(told).into_response(),
        None => refused(StatusCode::NOT_FOUND, "no such tool"),
    }
}
