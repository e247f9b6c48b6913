//! `PUT /canvas/viewport` only: a cosmetic write that a page without credential may do.

use super::{Caller, Credentials, Refused, lookup};
use crate::App;

/// Decides whether the caller may move the viewport. Never use it for anything else.
///
/// # Errors
/// 401; a datastore failure lets the cosmetic write through.
pub async fn authenticate(app: &App, shown: &Credentials) -> Result<Caller, Refused> {
    match lookup::any_live(app).await {
        Ok(true) => {}
        Ok(false) => return Ok(Caller::Bootstrap),
        Err(error) => {
            tracing::warn!(%error, "CanvasOrBearer: count failed, letting the cosmetic route through");
            return Ok(Caller::Bootstrap);
        }
    }
    let Some(bearer) = &shown.bearer else {
        let page = shown.listed_origin || shown.same_origin;
        return page.then_some(Caller::SameOriginCanvas).ok_or(Refused::AdminRequired);
    };
    if lookup::is_admin(app, bearer) {
        return Ok(Caller::Admin);
    }
    let owner = lookup::any_token(app, bearer)
        .await
        .map_err(|error| Refused::unavailable("CanvasOrBearer", &error))?;
    owner.map(Caller::Workspace).ok_or(Refused::InvalidAdminToken)
}
