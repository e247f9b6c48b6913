//! `GET /ws`: the canvas sees everything, a workspace only in its own name. Asked before the upgrade.

use server_types::WorkspaceId;

use super::{CallerClaim, Credentials, Refused, lookup};
use crate::App;

/// Who listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listener {
    /// The canvas: every event.
    Canvas,
    /// A workspace: events the hierarchy lets it see.
    Workspace(WorkspaceId),
}

/// Decides who listens.
///
/// # Errors
/// 401 for a missing or foreign bearer or a removed workspace, 500 when the check failed.
pub async fn authenticate(app: &App, shown: &Credentials, claim: CallerClaim) -> Result<Listener, Refused> {
    let CallerClaim::Workspace(workspace) = claim else { return Ok(Listener::Canvas) };
    let failed = |error: lookup::LookupError| Refused::check_failed("Socket", &error);
    let standing = lookup::standing(app, workspace).await.map_err(failed)?;
    if standing.removed {
        return Err(Refused::InvalidWorkspaceToken);
    }
    if !standing.has_live_token {
        return Ok(Listener::Workspace(workspace));
    }
    let bearer = shown.bearer.as_ref().ok_or(Refused::MissingWorkspaceToken)?;
    let own = lookup::is_token_of(app, bearer, workspace).await.map_err(failed)?;
    own.then_some(Listener::Workspace(workspace)).ok_or(Refused::InvalidWorkspaceToken)
}
