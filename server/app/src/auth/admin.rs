//! Administrator routes: the ladder from a fresh install to `ADMIN_TOKEN`.
//!
//! `Origin` and `Referer` are never looked at here: they can be forged outside a browser (#623).

use super::{Caller, Credentials, Refused, lookup};
use crate::App;

/// Decides whether the caller is an administrator of this tenant.
///
/// # Errors
/// 401 without saying which half failed; 503 when the datastore cannot say.
pub async fn authenticate(app: &App, shown: &Credentials) -> Result<Caller, Refused> {
    let unavailable = |error: lookup::LookupError| Refused::unavailable("AdminAuth", &error);
    let any_live = lookup::any_live(app).await.map_err(unavailable)?;
    if !any_live && app.config.admin_token.is_none() {
        return Ok(Caller::Bootstrap);
    }
    if app.config.dev_fail_open() {
        return Ok(Caller::DevOpen);
    }
    if let Some(cookie) = &shown.cookie
        && app.session.is_member(cookie).await
    {
        return Ok(Caller::Session);
    }
    let bearer = shown.bearer.as_ref().ok_or(Refused::AdminRequired)?;
    if let Some(token) = lookup::org_token(app, bearer).await.map_err(unavailable)? {
        return Ok(Caller::OrgToken(token));
    }
    if app.config.admin_token.is_some() {
        // A workspace token is refused here, however live it is (#684).
        return lookup::is_admin(app, bearer).then_some(Caller::Admin).ok_or(Refused::InvalidAdminToken);
    }
    let owner = lookup::any_token(app, bearer).await.map_err(unavailable)?;
    owner.map(Caller::Workspace).ok_or(Refused::InvalidAdminToken)
}
