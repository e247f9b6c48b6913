//! `POST /workspaces`: answers as soon as the row exists; provisioning goes on behind it.

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode, header},
};
use serde_json::{Map, Value, json};
use server_app::{
    App,
    workspaces::{
        create::{CreateFailed, Created},
        draft::{Draft, DraftRefused, Payload},
    },
};

use crate::http::{
    extract::{AdminAuth, BodyBytes},
    refusal::Refusal,
};

impl From<DraftRefused> for Refusal {
    fn from(refused: DraftRefused) -> Self {
        Self::bad_request(refused.to_string())
    }
}

impl From<CreateFailed> for Refusal {
    fn from(failed: CreateFailed) -> Self {
        tracing::error!(cause = &failed as &dyn std::error::Error, "create failed");
        // Every text is fixed, or fixed plus a key that the caller sent.
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, failed.to_string())
    }
}

pub(super) async fn handler(
    _: AdminAuth,
    State(app): State<App>,
    headers: HeaderMap,
    body: BodyBytes,
) -> Result<(StatusCode, Json<Map<String, Value>>), Refusal> {
    let payload: Payload = serde_json::from_slice(&body.0).map_err(|_| DraftRefused::Payload)?;
    let draft = Draft::check(payload)?;
    let created = app.create_workspace(draft, &platform_url(&app, &headers)).await?;
    Ok((StatusCode::CREATED, Json(reply(&created))))
}

fn reply(created: &Created) -> Map<String, Value> {
    let shown = match created {
        Created::Provisioning { id, awareness_namespace, workspace_access } => json!({
            "id": id,
            "status": "provisioning",
            "awareness_namespace": awareness_namespace,
            "workspace_access": workspace_access.as_str(),
        }),
        Created::External { id, status, connection } => {
            let mut shown = json!({"id": id, "external": true, "status": status});
            if let Some(connection) = connection {
                shown["connection"] = connection.reveal().into();
            }
            shown
        }
    };
    match shown {
        Value::Object(fields) => fields,
        _ => unreachable!("both replies are objects"),
    }
}

/// Where an operator outside reaches this server: configured, else as this request did.
fn platform_url(app: &App, headers: &HeaderMap) -> String {
    if let Some(url) = &app.config.external_platform_url {
        return url.clone();
    }
    let text =
        |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).filter(|text| !text.is_empty());
    let scheme = text("x-forwarded-proto").unwrap_or("http");
    let host = text("x-forwarded-host").or_else(|| text(header::HOST.as_str())).unwrap_or_default();
    format!("{scheme}://{host}")
}
