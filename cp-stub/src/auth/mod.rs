//! Who may call what, and whose credentials a call carries.
//!
//! A refused call is answered 401 with an empty body, as the real control plane does; that is what
//! once showed in a tenant's log as `<unstructured body, 0 bytes>`.
//!
//! A handler that takes one of the [`callers`] cannot be reached without that caller's credentials.

mod callers;

use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode, header};
use serde::Serialize;
use server_wire::control_plane::ADMIN_TOKEN_HEADER;

pub(crate) use callers::{Operator, OwnOrg, Session, TenantOrg};

use crate::state::{Org, State};

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
pub(crate) fn shared<'s>(headers: &HeaderMap, org: Option<&'s Org>) -> Result<&'s Org, Unauthorized> {
    let known = |org: &&Org| {
        bearer(headers) == Some(org.shared_secret.as_str())
            && admin_token(headers) == Some(org.admin_token.as_str())
    };
    org.filter(known).ok_or(Unauthorized)
}

/// The org that a call about a workspace is made for, by what it owns or by the admin token.
pub(crate) fn shared_for<'s>(
    state: &'s State,
    headers: &HeaderMap,
    workspace_id: &str,
) -> Result<&'s Org, Unauthorized> {
    let token = admin_token(headers);
    let owner = state.orgs.owner_of(workspace_id, token);
    let org = owner.or_else(|| token.and_then(|token| state.orgs.by_admin_token(token)));
    shared(headers, org)
}
