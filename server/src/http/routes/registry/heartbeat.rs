//! `POST /registry/heartbeat`: an agent is alive and says how it fares.

use std::collections::BTreeMap;

use axum::{Json, extract::State};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use server_app::{
    App, auth,
    registry::heartbeat::{Declared, Report},
};
use server_types::{WorkspaceId, stored::StoredText};

use super::body::canonical_id;
use crate::http::{
    extract::{JsonBody, Shown},
    refusal::Refusal,
};

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Body {
    #[serde(deserialize_with = "canonical_id")]
    workspace_id: WorkspaceId,
    #[serde(default)]
    error_rate: Option<f64>,
    #[serde(default)]
    sample_error: Option<String>,
    #[serde(default)]
    active_tasks: Option<i64>,
    #[serde(default)]
    uptime_seconds: Option<i64>,
    #[serde(default)]
    current_task: Option<String>,
    #[serde(default)]
    monthly_spend: Option<i64>,
    #[serde(default)]
    runtime_state: Option<String>,
    #[serde(default)]
    runtime_metadata: Option<Metadata>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Metadata {
    capabilities: Option<BTreeMap<String, bool>>,
    idle_timeout_seconds: Option<i64>,
}

#[derive(Serialize)]
pub(super) struct Reply {
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    platform_inbound_secret: Option<String>,
}

pub(super) async fn handler(
    Shown(shown): Shown,
    State(app): State<App>,
    JsonBody(body): JsonBody<Body>,
) -> Result<Json<Reply>, Refusal> {
    let id = body.workspace_id;
    let standing = auth::registry::authenticate(&app, &shown, id).await?;
    let secret = app
        .heartbeat(id, report(body), standing)
        .await
        .map_err(|cause| Refusal::internal("failed to update", &cause))?;
    let platform_inbound_secret = secret.map(|secret| secret.expose_secret().to_owned());
    Ok(Json(Reply { status: "ok", platform_inbound_secret }))
}

fn report(body: Body) -> Report {
    let text = |text: Option<String>| StoredText::new(text.unwrap_or_default()).as_str().to_owned();
    let count =
        |number: Option<i64>| i32::try_from(number.unwrap_or(0).clamp(0, i32::MAX.into())).unwrap_or(0);
    Report {
        error_rate: body.error_rate.unwrap_or(0.0),
        sample_error: text(body.sample_error),
        active_tasks: count(body.active_tasks),
        uptime_seconds: count(body.uptime_seconds),
        current_task: text(body.current_task),
        monthly_spend: body.monthly_spend.unwrap_or(0),
        runtime_state: body.runtime_state.unwrap_or_default(),
        declared: body.runtime_metadata.map(|metadata| Declared {
            capabilities: metadata.capabilities.unwrap_or_default(),
            idle_timeout_seconds: metadata.idle_timeout_seconds,
        }),
    }
}
