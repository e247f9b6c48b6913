//! `GET /admin/workspaces/:id/test-token`: the first bearer of a workspace, where that is allowed.
//!
//! Not behind the admin class, because on a fresh development install there is nothing to show yet;
//! with `ADMIN_TOKEN` set, that token and nothing else opens it (#112).

use axum::{Json, extract::State};
use serde::Serialize;
use server_app::{
    App,
    auth::test_token,
    tokens::{self, IssueError},
};
use server_types::WorkspaceId;

use crate::http::{
    extract::{PathId, Shown},
    refusal::Refusal,
};

/// The answer.
#[derive(Serialize)]
pub(super) struct Reply {
    auth_token: String,
    workspace_id: WorkspaceId,
}

pub(super) async fn handler(
    Shown(shown): Shown,
    State(app): State<App>,
    id: Result<PathId, Refusal>,
) -> Result<Json<Reply>, Refusal> {
    test_token::authenticate(&app, &shown)?;
    let PathId(workspace_id) = id?;
    let minted = tokens::issue(&app, workspace_id).await.map_err(refuse)?;
    tracing::info!("admin: issued test token for workspace {workspace_id}");
    Ok(Json(Reply { auth_token: minted.reveal(), workspace_id }))
}

fn refuse(error: IssueError) -> Refusal {
    match error {
        IssueError::UnknownWorkspace => Refusal::not_found("workspace not found"),
        IssueError::Full | IssueError::Store(_) => Refusal::internal("token issue failed", &error),
    }
}
