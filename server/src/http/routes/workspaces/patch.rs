//! `PATCH /workspaces/{id}`: a key that is absent stays untouched.

use axum::{Json, extract::State, http::StatusCode};
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};
use server_app::{
    App,
    workspaces::patch::{Changes, PatchRefused},
};
use server_types::WorkspaceId;

use crate::http::{
    extract::{JsonBody, WorkspaceAuth},
    refusal::Refusal,
};

/// The keys read; all others are ignored on purpose.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Body {
    name: Option<String>,
    #[serde(deserialize_with = "nullable")]
    role: Option<Option<String>>,
    tier: Option<i32>,
    #[serde(deserialize_with = "nullable")]
    parent_id: Option<Option<String>>,
    runtime: Option<String>,
    #[serde(deserialize_with = "nullable")]
    workspace_dir: Option<Option<String>>,
    #[serde(deserialize_with = "nullable")]
    hibernation_idle_minutes: Option<Option<u16>>,
    collapsed: Option<bool>,
    x: Option<f64>,
    y: Option<f64>,
}

/// Tells `null` from an absent key.
fn nullable<'de, T: Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(from).map(Some)
}

impl From<PatchRefused> for Refusal {
    fn from(refused: PatchRefused) -> Self {
        match refused {
            PatchRefused::Field(field) => Self::bad_request(field.to_string()),
            PatchRefused::Directory => Self::bad_request("invalid workspace directory"),
            PatchRefused::NotFound => Self::new(StatusCode::NOT_FOUND, "workspace not found"),
            PatchRefused::Query(cause) => Self::internal("update failed", &cause),
        }
    }
}

pub(super) async fn handler(
    auth: WorkspaceAuth,
    State(app): State<App>,
    JsonBody(body): JsonBody<Body>,
) -> Result<Json<Value>, Refusal> {
    let needs_restart = app.patch_workspace(auth.id, changes(body)?).await?;
    let mut reply = json!({"status": "updated"});
    if needs_restart {
        reply["needs_restart"] = true.into();
    }
    Ok(Json(reply))
}

fn changes(body: Body) -> Result<Changes, Refusal> {
    let parent_id = match body.parent_id {
        None => None,
        Some(None) => Some(None),
        Some(Some(text)) if text.is_empty() => Some(None),
        Some(Some(text)) => {
            let id =
                WorkspaceId::canonical(&text).ok_or_else(|| Refusal::bad_request("invalid request body"))?;
            Some(Some(id))
        }
    };
    Ok(Changes {
        name: body.name,
        role: body.role,
        tier: body.tier,
        parent_id,
        runtime: body.runtime,
        workspace_dir: body.workspace_dir,
        hibernation_idle_minutes: body.hibernation_idle_minutes.map(|minutes| minutes.map(i32::from)),
        collapsed: body.collapsed,
        x: body.x,
        y: body.y,
    })
}
