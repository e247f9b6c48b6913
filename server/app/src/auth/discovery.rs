//! Discover and peers: a workspace asks about others, in its own name.

use server_types::WorkspaceId;

use super::{Credentials, Refused, lookup};
use crate::App;

/// Decides whether the caller may ask in the name of `workspace`.
///
/// # Errors
/// 401. A datastore failure lets the question through: the hierarchy check behind it fails closed.
pub async fn authenticate(app: &App, shown: &Credentials, workspace: WorkspaceId) -> Result<(), Refused> {
    let standing = match lookup::standing(app, workspace).await {
        Ok(standing) => standing,
        Err(error) => {
            tracing::warn!(%error, %workspace, "DiscoveryCaller: count failed, letting the question through");
            return Ok(());
        }
    };
    if standing.removed {
        return Err(Refused::InvalidWorkspaceToken);
    }
    if !standing.has_live_token || app.config.dev_fail_open() {
        return Ok(());
    }
    if let Some(cookie) = shown.cookie.as_ref().filter(|_| app.session.is_configured()) {
        return if app.session.is_member(cookie).await { Ok(()) } else { Err(Refused::InvalidSession) };
    }
    let bearer = shown.bearer.as_ref().ok_or(Refused::MissingWorkspaceToken)?;
    let own = lookup::is_token_of(app, bearer, workspace)
        .await
        .map_err(|error| Refused::unavailable("DiscoveryCaller", &error))?;
    own.then_some(()).ok_or(Refused::InvalidWorkspaceToken)
}
