//! `/__agent/...`: how a harness spawns, scripts and reads agents. Loopback only: it shows secrets.

mod agents;
mod behaviour;
mod envelope;
mod fetch;
mod files;
mod health;
mod heartbeat;
mod register;
mod reply;
mod requests;
mod seams;
mod tools;
mod uploads;

use std::sync::Arc;

use axum::{Router, extract::DefaultBodyLimit};
use serde::Deserialize;

use super::host::Hosted;

/// Largest control body: files may be given in one.
const BODY_BYTES_MAX: usize = 160 * 1024 * 1024;

/// The host, as handlers see it.
type Ctx = axum::extract::State<Arc<Hosted>>;

/// `?org=` and `?instance_id=`.
#[derive(Deserialize)]
struct Which {
    #[serde(default)]
    org: Option<String>,
    #[serde(default)]
    instance_id: Option<String>,
}

pub(super) fn router(hosted: Arc<Hosted>) -> Router {
    Router::new()
        .merge(health::routes())
        .merge(agents::routes())
        .merge(register::routes())
        .merge(requests::routes())
        .merge(behaviour::routes())
        .merge(seams::routes())
        .merge(heartbeat::routes())
        .merge(uploads::routes())
        .merge(files::routes())
        .merge(tools::routes())
        .merge(envelope::routes())
        .merge(fetch::routes())
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .with_state(hosted)
}
