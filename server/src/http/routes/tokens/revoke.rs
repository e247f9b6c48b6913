//! `DELETE /workspaces/:id/tokens/:token_id`: the token is dead at once.
//!
//! An id that is no id, unknown, dead or another workspace's looks the same to the caller.

use axum::{
    Json,
    extract::{Path, State},
};
use serde::Serialize;
use server_app::App;
use server_store::tokens;
use server_types::TokenId;

use crate::http::{extract::WorkspaceAuth, refusal::Refusal};

/// The answer.
#[derive(Serialize)]
pub(super) struct Reply {
    status: &'static str,
}

pub(super) async fn handler(
    auth: WorkspaceAuth,
    State(app): State<App>,
    Path((_, token)): Path<(String, String)>,
) -> Result<Json<Reply>, Refusal> {
    let unknown = || Refusal::not_found("token not found or already revoked");
    let token = TokenId::canonical(&token).ok_or_else(unknown)?;
    let revoked = tokens::revoke(&app.store.db, auth.id, token).await;
    let revoked = revoked.map_err(|error| Refusal::internal("failed to revoke token", &error))?;
    revoked.then_some(Json(Reply { status: "revoked" })).ok_or_else(unknown)
}
