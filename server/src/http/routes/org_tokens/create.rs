//! `POST /org/tokens`: mints a token for an integration and shows it once.

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use server_app::{App, tokens};
use server_types::{OrgTokenId, limits::ORG_TOKEN_NAME_BYTES_MAX};

use crate::http::{
    extract::{AdminAuth, OptionalJson},
    refusal::Refusal,
};

/// The request; may be absent altogether.
#[derive(Default, Deserialize)]
pub(super) struct Body {
    #[serde(default)]
    name: Option<String>,
}

/// The answer, the only one that carries the plaintext.
#[derive(Serialize)]
pub(super) struct Reply {
    id: OrgTokenId,
    prefix: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    auth_token: String,
    warning: &'static str,
}

pub(super) async fn handler(
    auth: AdminAuth,
    State(app): State<App>,
    OptionalJson(body): OptionalJson<Body>,
) -> Result<Json<Reply>, Refusal> {
    let name = body.name.filter(|name| !name.is_empty());
    if name.as_ref().is_some_and(|name| name.len() > ORG_TOKEN_NAME_BYTES_MAX) {
        return Err(Refusal::bad_request("name too long (max 100 chars)"));
    }
    let issued = tokens::issue_org(&app, &auth.caller, name.as_deref()).await;
    let (id, minted) = issued.map_err(|error| Refusal::internal("failed to mint token", &error))?;
    let prefix = minted.prefix().to_owned();
    let warning = "copy this token now; it will not be shown again";
    Ok(Json(Reply { id, prefix, name, auth_token: minted.reveal(), warning }))
}
