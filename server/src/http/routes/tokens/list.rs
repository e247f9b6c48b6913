//! `GET /workspaces/:id/tokens`: live tokens, newest first; prefixes only.

use std::collections::HashMap;

use axum::{
    Json,
    extract::{Query, State},
};
use serde::Serialize;
use server_app::App;
use server_store::tokens::{self, TokenRow};

use crate::http::{extract::WorkspaceAuth, refusal::Refusal};

/// Page size when the caller names none, and the largest one.
const LIMIT_DEFAULT: i64 = 50;
const LIMIT_MAX: i64 = 200;

/// The answer.
#[derive(Serialize)]
pub(super) struct Reply {
    tokens: Vec<TokenRow>,
    count: usize,
}

pub(super) async fn handler(
    auth: WorkspaceAuth,
    State(app): State<App>,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Json<Reply>, Refusal> {
    let number = |name: &str| query.get(name).and_then(|value| value.parse::<i64>().ok());
    let limit = number("limit").filter(|limit| (1..=LIMIT_MAX).contains(limit)).unwrap_or(LIMIT_DEFAULT);
    let offset = number("offset").filter(|offset| *offset >= 0).unwrap_or(0);
    let listed = tokens::list(&app.store.db, auth.id, limit, offset).await;
    let tokens = listed.map_err(|error| Refusal::internal("failed to list tokens", &error))?;
    Ok(Json(Reply { count: tokens.len(), tokens }))
}
