//! `GET /org/tokens`: live tokens, newest first; prefixes only.

use axum::{Json, extract::State};
use serde::Serialize;
use server_app::App;
use server_store::org_tokens::{self, OrgTokenRow};

use crate::http::{extract::AdminAuth, refusal::Refusal};

/// The answer.
#[derive(Serialize)]
pub(super) struct Reply {
    tokens: Vec<OrgTokenRow>,
    count: usize,
}

pub(super) async fn handler(_: AdminAuth, State(app): State<App>) -> Result<Json<Reply>, Refusal> {
    let tokens = org_tokens::list(&app.store.db).await;
    let tokens = tokens.map_err(|error| Refusal::internal("failed to list tokens", &error))?;
    Ok(Json(Reply { count: tokens.len(), tokens }))
}
