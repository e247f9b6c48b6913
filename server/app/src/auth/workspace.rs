//! Routes of one workspace: its own token, or somebody above it.

use server_types::WorkspaceId;

use super::{Caller, Credentials, Refused, lookup};
use crate::App;

/// Decides whether the caller may use the routes of `workspace`; `None` is an id that is no id,
/// which no workspace token can be good for.
///
/// An invalid bearer never falls through to the rules for callers without one.
///
/// # Errors
/// 401, or 503 when the datastore cannot say.
pub async fn authenticate(
    app: &App,
    shown: &Credentials,
    workspace: Option<WorkspaceId>,
) -> Result<Caller, Refused> {
    let Some(bearer) = &shown.bearer else { return without_bearer(app, shown) };
    if lookup::is_admin(app, bearer) {
        return Ok(Caller::Admin);
    }
    let unavailable = |error: lookup::LookupError| Refused::unavailable("WorkspaceAuth", &error);
    if let Some(token) = lookup::org_token(app, bearer).await.map_err(unavailable)? {
        return Ok(Caller::OrgToken(token));
    }
    let workspace = workspace.ok_or(Refused::InvalidWorkspaceToken)?;
    let own = lookup::is_token_of(app, bearer, workspace).await.map_err(unavailable)?;
    own.then_some(Caller::Workspace(workspace)).ok_or(Refused::InvalidWorkspaceToken)
}

fn without_bearer(app: &App, shown: &Credentials) -> Result<Caller, Refused> {
    if shown.same_origin {
        Ok(Caller::SameOriginCanvas)
    } else if app.config.dev_fail_open() {
        Ok(Caller::DevOpen)
    } else {
        Err(Refused::MissingWorkspaceToken)
    }
}
