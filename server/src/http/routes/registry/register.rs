//! `POST /registry/register`: an agent says where it is. The token is judged before the URL, else a
//! stranger could probe addresses and overwrite a workspace's traffic.

use axum::{Json, extract::State};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use server_app::{
    App, auth,
    registry::register::{Announcement, RegisterRefused},
    workspaces::draft::parse_delivery_mode,
};
use server_types::{DeliveryMode, WorkspaceId};

use super::body::{canonical_id, storable};
use crate::http::{
    extract::{JsonBody, Shown},
    refusal::Refusal,
};

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Body {
    #[serde(deserialize_with = "canonical_id")]
    id: WorkspaceId,
    #[serde(deserialize_with = "storable")]
    agent_card: Value,
    #[serde(default)]
    url: Option<String>,
    #[serde(default)]
    delivery_mode: Option<String>,
}

#[derive(Serialize)]
pub(super) struct Reply {
    status: &'static str,
    delivery_mode: DeliveryMode,
    #[serde(skip_serializing_if = "Option::is_none")]
    auth_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    platform_inbound_secret: Option<String>,
}

impl From<RegisterRefused> for Refusal {
    fn from(refused: RegisterRefused) -> Self {
        match refused {
            RegisterRefused::UrlRequired => Self::bad_request("url is required"),
            RegisterRefused::Url(blocked) => Self::bad_request(blocked.to_string()),
            RegisterRefused::Removed => auth::Refused::InvalidWorkspaceToken.into(),
            RegisterRefused::Query(cause) => Self::internal("registration failed", &cause),
        }
    }
}

pub(super) async fn handler(
    Shown(shown): Shown,
    State(app): State<App>,
    JsonBody(body): JsonBody<Body>,
) -> Result<Json<Reply>, Refusal> {
    let delivery_mode = parse_delivery_mode(body.delivery_mode.as_deref())?;
    let standing = auth::registry::authenticate(&app, &shown, body.id).await?;
    let url = body.url.unwrap_or_default();
    let announcement = Announcement { id: body.id, url, agent_card: body.agent_card, delivery_mode };
    let welcome = app.register(announcement, standing).await?;
    Ok(Json(Reply {
        status: "registered",
        delivery_mode: welcome.delivery_mode,
        auth_token: welcome.auth_token.map(|token| token.expose_secret().to_owned()),
        platform_inbound_secret: welcome
            .platform_inbound_secret
            .map(|secret| secret.expose_secret().to_owned()),
    }))
}
