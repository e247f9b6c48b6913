//! `GET /workspaces/{id}/activity`: the feed, the chat history with a peer, the poll of an agent.

use axum::{
    Json,
    extract::{RawQuery, State},
    http::StatusCode,
};
use server_app::{
    App,
    activity::list::{ListError, list},
};
use server_store::activity::ActivityRow;

use crate::http::{extract::WorkspaceAuth, refusal::Refusal};

impl From<ListError> for Refusal {
    fn from(error: ListError) -> Self {
        match error {
            ListError::BadQuery(bad) => Self::bad_request(bad.to_string()),
            ListError::CursorGone => Self::new(StatusCode::GONE, ListError::CursorGone.to_string()),
            ListError::Database(cause) => Self::internal("query failed", &cause),
        }
    }
}

pub(super) async fn handler(
    auth: WorkspaceAuth,
    State(app): State<App>,
    RawQuery(query): RawQuery,
) -> Result<Json<Vec<ActivityRow>>, Refusal> {
    Ok(Json(list(&app, auth.id, query.as_deref().unwrap_or_default()).await?))
}
