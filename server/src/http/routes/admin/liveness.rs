//! `GET /admin/liveness`: when each background task last showed a sign of life.

use std::collections::BTreeMap;

use axum::{Json, extract::State};
use chrono::SecondsFormat;
use serde::Serialize;
use server_app::App;

use crate::http::extract::AdminAuth;

/// The answer; a task that never ticked is absent.
#[derive(Serialize)]
pub(super) struct Reply {
    subsystems: BTreeMap<&'static str, Subsystem>,
}

#[derive(Serialize)]
struct Subsystem {
    last_tick_at: String,
    seconds_ago: i64,
}

pub(super) async fn handler(_: AdminAuth, State(app): State<App>) -> Json<Reply> {
    let now = app.context.now();
    let subsystem = |(name, tick): (_, chrono::DateTime<chrono::Utc>)| {
        let last_tick_at = tick.to_rfc3339_opts(SecondsFormat::Secs, true);
        (name, Subsystem { last_tick_at, seconds_ago: (now - tick).num_seconds().max(0) })
    };
    Json(Reply { subsystems: app.tasks.last_ticks().into_iter().map(subsystem).collect() })
}
