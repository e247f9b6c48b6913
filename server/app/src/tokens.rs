//! Minting tokens on request: for a workspace, for an integration, for a test.

use server_store::{
    DbError,
    org_tokens::{self, NewOrgToken},
    tokens,
};
use server_types::{OrgTokenId, WorkspaceId, limits::WORKSPACE_TOKENS_MAX};

use crate::{
    App,
    auth::{Caller, Minted, minted},
};

/// Why no token was minted.
#[derive(Debug, thiserror::Error)]
pub enum IssueError {
    /// There is no such workspace.
    #[error("workspace not found")]
    UnknownWorkspace,
    /// The workspace has as many live tokens as it may.
    #[error("the workspace has {WORKSPACE_TOKENS_MAX} live tokens")]
    Full,
    /// Storage failed.
    #[error("token not stored")]
    Store(#[from] DbError),
}

/// Mints a token on behalf of the workspace or somebody above it.
///
/// # Errors
/// The workspace is unknown or full, or storage failed.
pub async fn issue(app: &App, workspace: WorkspaceId) -> Result<Minted, IssueError> {
    let mut transaction = app.store.db.begin().await?;
    // The lock makes counting and minting one step: two requests cannot both take the last place.
    if !tokens::lock_owner(&mut *transaction, workspace).await? {
        return Err(IssueError::UnknownWorkspace);
    }
    if tokens::count_live(&mut *transaction, workspace).await? >= WORKSPACE_TOKENS_MAX {
        return Err(IssueError::Full);
    }
    let minted = minted::for_workspace(&mut *transaction, workspace).await?;
    transaction.commit().await?;
    Ok(minted)
}

/// Mints an organisation token; the audit label and the organisation come from who asked.
///
/// # Errors
/// Storage failed.
pub async fn issue_org(
    app: &App,
    caller: &Caller,
    name: Option<&str>,
) -> Result<(OrgTokenId, Minted), DbError> {
    let minted = Minted::random();
    let label = caller.audit_label();
    let new = NewOrgToken { name, created_by: label.as_deref(), org_id: caller.org_id() };
    let id = org_tokens::insert(&app.store.db, &minted.hash(), minted.prefix(), new).await?;
    Ok((id, minted))
}
