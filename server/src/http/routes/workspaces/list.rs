//! `GET /workspaces`: every workspace that is not removed, oldest first.

use axum::{Json, extract::State};
use server_app::App;
use server_store::workspaces::view as rows;

use super::view::Full;
use crate::http::{extract::AdminAuth, refusal::Refusal};

pub(super) async fn handler(_: AdminAuth, State(app): State<App>) -> Result<Json<Vec<Full>>, Refusal> {
    let found = rows::list(&app.store.db).await.map_err(|cause| Refusal::internal("query failed", &cause))?;
    Ok(Json(found.iter().map(|row| Full::of(&app, row)).collect()))
}
