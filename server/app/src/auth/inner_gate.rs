//! The second gate before plaintext and files: the workspace's own token, nobody above it.

use server_types::WorkspaceId;

use super::{Credentials, Refused, lookup};
use crate::App;

/// Decides whether the caller, who already passed the workspace rule, is the workspace itself.
///
/// # Errors
/// 401 for any other credential; 500 when the check failed, because plaintext follows.
pub async fn authenticate(app: &App, shown: &Credentials, workspace: WorkspaceId) -> Result<(), Refused> {
    let failed = |error: lookup::LookupError| Refused::check_failed("InnerGate", &error);
    if !lookup::standing(app, workspace).await.map_err(failed)?.has_live_token {
        return Ok(());
    }
    let bearer = shown.bearer.as_ref().ok_or(Refused::MissingWorkspaceToken)?;
    let own = lookup::is_token_of(app, bearer, workspace).await.map_err(failed)?;
    own.then_some(()).ok_or(Refused::InvalidWorkspaceToken)
}
