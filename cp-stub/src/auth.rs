//! Who may call what, and whose credentials a call carries.
//!
//! A refused call is answered 401 with an empty body, as the real control plane does; that is what
//! once showed in a tenant's log as `<unstructured body, 0 bytes>`.

use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode, header};
use serde::Serialize;
use server_wire::control_plane::{ADMIN_TOKEN_HEADER, ORG_ID_HEADER};

use crate::state::{Member, Org, State};

/// A refusal; [`crate::front`] counts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unauthorized;

impl IntoResponse for Unauthorized {
    fn into_response(self) -> Response {
        let mut response = StatusCode::UNAUTHORIZED.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Whose credentials a call carries. Names only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Presented {
    /// `absent`, `shared-secret`, `shared-secret:<org>` (a rotated one), `admin-api-token`,
    /// `admin-token:<org>` or `unknown`.
    bearer: String,
    /// `absent`, the org whose token it is, or `unknown`.
    admin_token: String,
}

pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers
        .get(header::AUTHORIZATION)?
        .to_str()
        .ok()?
        .strip_prefix("Bearer ")
        .filter(|token| !token.is_empty())
}

pub(crate) fn admin_token(headers: &HeaderMap) -> Option<&str> {
    headers.get(ADMIN_TOKEN_HEADER)?.to_str().ok().filter(|token| !token.is_empty())
}

pub(crate) fn presented(
    state: &State,
    shared_secret: &str,
    admin_api_token: &str,
    headers: &HeaderMap,
) -> Presented {
    let name_bearer = |token: &str| {
        if token == admin_api_token {
            return "admin-api-token".to_owned();
        }
        if let Some(org) = state.orgs.by_admin_token(token) {
            return format!("admin-token:{}", org.id);
        }
        match state.orgs.iter().find(|org| org.shared_secret == token) {
            Some(_) if token == shared_secret => "shared-secret".to_owned(),
            Some(org) => format!("shared-secret:{}", org.id),
            None => "unknown".to_owned(),
        }
    };
    let name_org = |token: &str| {
        state.orgs.by_admin_token(token).map_or_else(|| "unknown".to_owned(), |org| org.id.clone())
    };
    Presented {
        bearer: bearer(headers).map_or_else(|| "absent".to_owned(), name_bearer),
        admin_token: admin_token(headers).map_or_else(|| "absent".to_owned(), name_org),
    }
}

/// Class S: the org's shared secret as bearer and the org's own admin token beside it.
pub(crate) fn shared(headers: &HeaderMap, org: Option<&Org>) -> Result<(), Unauthorized> {
    let org = org.ok_or(Unauthorized)?;
    let known = bearer(headers) == Some(org.shared_secret.as_str())
        && admin_token(headers) == Some(org.admin_token.as_str());
    known.then_some(()).ok_or(Unauthorized)
}

/// Class T: the tenant's admin token as bearer and the org's id beside it.
pub(crate) fn tenant<'s>(state: &'s State, headers: &HeaderMap) -> Result<&'s Org, Unauthorized> {
    let id = headers.get(ORG_ID_HEADER).and_then(|id| id.to_str().ok()).ok_or(Unauthorized)?;
    let org = state.orgs.by_id(id).ok_or(Unauthorized)?;
    (bearer(headers) == Some(org.admin_token.as_str())).then_some(org).ok_or(Unauthorized)
}

/// Class A: the admin API token alone; in particular not the shared secret.
pub(crate) fn admin(headers: &HeaderMap, admin_api_token: &str) -> Result<(), Unauthorized> {
    (bearer(headers) == Some(admin_api_token)).then_some(()).ok_or(Unauthorized)
}

/// Class C: a cookie of a known session.
pub(crate) fn session<'s>(
    state: &'s State,
    headers: &HeaderMap,
) -> Result<(&'s str, &'s Member), Unauthorized> {
    let cookie = headers.get(header::COOKIE).and_then(|cookie| cookie.to_str().ok()).ok_or(Unauthorized)?;
    state.members.find(cookie).ok_or(Unauthorized)
}
