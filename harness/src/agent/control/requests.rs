//! `GET /__agent/requests?after=`: what all agents received, in order of time.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{Query, State},
    routing::get,
};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Ctx;
use crate::agent::host::Hosted;

#[derive(Deserialize)]
struct Since {
    #[serde(default)]
    after: Option<DateTime<Utc>>,
}

pub(super) fn routes() -> Router<Arc<Hosted>> {
    Router::new().route("/__agent/requests", get(handler))
}

async fn handler(State(hosted): Ctx, Query(since): Query<Since>) -> Json<Vec<Value>> {
    let mut all = Vec::new();
    for agent in hosted.all() {
        let workspace_id = &agent.spawn().workspace_id;
        let inbound = agent.journal().inbound();
        let wanted = inbound.into_iter().filter(|entry| since.after.is_none_or(|after| entry.ts > after));
        all.extend(wanted.map(|entry| (entry.ts, json!({ "workspace_id": workspace_id, "entry": entry }))));
    }
    all.sort_by_key(|(ts, _)| *ts);
    Json(all.into_iter().map(|(_, shown)| flat(shown)).collect())
}

/// The entry with its workspace beside its own fields.
fn flat(mut shown: Value) -> Value {
    let mut entry = shown["entry"].take();
    entry["workspace_id"] = shown["workspace_id"].take();
    entry
}
