//! Register, heartbeat, update-card: who may speak for a workspace named in the body.
//!
//! Runs before any URL check and any write, else re-registering an id would hijack its traffic.

use server_types::WorkspaceId;

use super::{Credentials, Refused, lookup};
use crate::App;

/// By what right the call passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The bearer is the workspace's own.
    Owner,
    /// The workspace has no live token yet; register mints one.
    Bootstrap,
    /// The datastore could not say. The call passes so that heartbeats survive a blip, but no secret
    /// may be returned.
    Unchecked,
}

impl Standing {
    /// Whether credentials may be part of the answer.
    pub fn may_receive_secrets(self) -> bool {
        self != Self::Unchecked
    }
}

/// Decides whether the caller may speak for `workspace`.
///
/// # Errors
/// 401 for a missing or foreign bearer, and for a removed workspace whatever it shows (D-14).
pub async fn authenticate(
    app: &App,
    shown: &Credentials,
    workspace: WorkspaceId,
) -> Result<Standing, Refused> {
    let standing = match lookup::standing(app, workspace).await {
        Ok(standing) => standing,
        Err(error) => return Ok(unchecked(workspace, &error)),
    };
    if !standing.has_live_token {
        return if standing.removed { Err(Refused::InvalidWorkspaceToken) } else { Ok(Standing::Bootstrap) };
    }
    let bearer = shown.bearer.as_ref().ok_or(Refused::MissingWorkspaceToken)?;
    match lookup::is_token_of(app, bearer, workspace).await {
        Ok(true) => Ok(Standing::Owner),
        Ok(false) => Err(Refused::InvalidWorkspaceToken),
        Err(error) => Ok(unchecked(workspace, &error)),
    }
}

fn unchecked(workspace: WorkspaceId, error: &lookup::LookupError) -> Standing {
    tracing::warn!(error = error as &dyn std::error::Error, %workspace, "registry auth unchecked, letting through");
    Standing::Unchecked
}
