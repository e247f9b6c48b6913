//! `POST /workspaces/:id/tokens`: mints a token and shows it once.

use axum::{Json, extract::State, http::StatusCode};
use serde::Serialize;
use server_app::{
    App,
    tokens::{self, IssueError},
};
use server_types::WorkspaceId;

use crate::http::{extract::WorkspaceAuth, refusal::Refusal};

/// The answer, the only one that carries the plaintext.
#[derive(Serialize)]
pub(super) struct Reply {
    auth_token: String,
    workspace_id: WorkspaceId,
    message: &'static str,
}

pub(super) async fn handler(
    auth: WorkspaceAuth,
    State(app): State<App>,
) -> Result<(StatusCode, Json<Reply>), Refusal> {
    let minted = tokens::issue(&app, auth.id).await.map_err(refuse)?;
    let message = "Save this token now — it cannot be retrieved again.";
    Ok((StatusCode::CREATED, Json(Reply { auth_token: minted.reveal(), workspace_id: auth.id, message })))
}

fn refuse(error: IssueError) -> Refusal {
    match error {
        IssueError::UnknownWorkspace => Refusal::not_found("workspace not found"),
        IssueError::Full => {
            Refusal::new(StatusCode::TOO_MANY_REQUESTS, "maximum 50 active tokens per workspace")
        }
        IssueError::Store(error) => Refusal::internal("failed to create token", &error),
    }
}
