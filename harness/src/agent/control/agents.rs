//! `/__agent/agents[/{ws}]`: spawn, list, show, kill.

use std::{sync::Arc, time::Duration};

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path, Query, State},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use http::StatusCode;
use serde_json::{Value, json};

use super::{
    Ctx, Which,
    reply::{agent, no_agent, parse, refused},
};
use crate::agent::{
    disk::{AUTH_TOKEN, INBOUND_SECRET},
    host::{Hosted, SpawnRefused},
    spawn::Spawn,
    standin::Agent,
};

pub(super) fn routes() -> Router<Arc<Hosted>> {
    Router::new()
        .route("/__agent/agents", post(spawn).get(list))
        .route("/__agent/agents/{ws}", get(show).delete(kill))
}

async fn spawn(State(hosted): Ctx, body: Bytes) -> Response {
    let spawn: Spawn = match parse(&body) {
        Ok(spawn) => spawn,
        Err(refusal) => return *refusal,
    };
    let wait = Duration::from_millis(spawn.wait_registered_ms);
    match hosted.spawn(spawn).await {
        Ok(agent) => {
            agent.wait_settled(wait).await;
            (StatusCode::CREATED, Json(brief(&agent))).into_response()
        }
        Err(error @ SpawnRefused::Incomplete) => refused(StatusCode::BAD_REQUEST, error),
        Err(error) => refused(StatusCode::SERVICE_UNAVAILABLE, error),
    }
}

async fn list(State(hosted): Ctx) -> Json<Vec<Value>> {
    Json(hosted.all().iter().map(|agent| brief(agent)).collect())
}

fn brief(agent: &Agent) -> Value {
    json!({
        "workspace_id": agent.spawn().workspace_id,
        "org_id": agent.spawn().org_id,
        "instance_id": agent.spawn().instance_id,
        "url": agent.own_url(),
        "port": agent.port(),
        "alive": agent.is_alive(),
    })
}

/// Everything about one agent, its secrets included: whoever calls as this agent needs them.
async fn show(State(hosted): Ctx, Path(ws): Path<String>, Query(which): Query<Which>) -> Response {
    let agent = match agent(&hosted, &ws, &which) {
        Ok(agent) => agent,
        Err(refusal) => return *refusal,
    };
    agent.wait_known().await;
    let mut shown = brief(&agent);
    let journal = agent.journal();
    let more = json!({
        "registered_url": agent.registered_url(),
        "runtime": agent.spawn().runtime,
        "env": agent.spawn().environment(agent.port()),
        "token": agent.disk().secret(AUTH_TOKEN),
        "inbound_secret": agent.disk().secret(INBOUND_SECRET),
        "inbound": journal.inbound(),
        "files": journal.files(),
        "envelopes": journal.envelopes(),
        "log": journal.log(),
        "counters": journal.counters,
        "heartbeat": *agent.beat(),
        "uploads": *agent.uploads(),
    });
    drop(journal);
    if let (Some(shown), Value::Object(more)) = (shown.as_object_mut(), more) {
        shown.extend(more);
    }
    Json(shown).into_response()
}

/// An agent that is not there is as dead as was wanted; the answer says which it was.
async fn kill(State(hosted): Ctx, Path(ws): Path<String>, Query(which): Query<Which>) -> Response {
    match hosted.kill(&ws, which.org.as_deref(), which.instance_id.as_deref()).await {
        Ok(killed) => Json(json!({ "killed": killed })).into_response(),
        Err(error) => no_agent(&error),
    }
}
