//! `DELETE /org/tokens/:token_id`: the token is dead at once.

use axum::{
    Json,
    extract::{Path, State},
};
use serde::Serialize;
use server_app::App;
use server_store::org_tokens;
use server_types::OrgTokenId;

use crate::http::{extract::AdminAuth, refusal::Refusal};

/// The answer.
#[derive(Serialize)]
pub(super) struct Reply {
    revoked: OrgTokenId,
}

pub(super) async fn handler(
    _: AdminAuth,
    State(app): State<App>,
    Path(token): Path<String>,
) -> Result<Json<Reply>, Refusal> {
    let unknown = || Refusal::not_found("token not found or already revoked");
    let token = OrgTokenId::canonical(&token).ok_or_else(unknown)?;
    let revoked = org_tokens::revoke(&app.store.db, token).await;
    let revoked = revoked.map_err(|error| Refusal::internal("failed to revoke", &error))?;
    revoked.then_some(Json(Reply { revoked: token })).ok_or_else(unknown)
}
