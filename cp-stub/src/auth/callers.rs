//! Callers that have shown their credentials: taking one as an argument is the check.

use axum::extract::{FromRequestParts, Path};
use http::{header, request::Parts};
use server_wire::control_plane::{self as wire, ORG_ID_HEADER};

use super::{Unauthorized, bearer};
use crate::{
    reply::Refusal,
    state::{Member, Org},
    stub::Stub,
};

/// Class A: the admin API token alone; in particular not the shared secret.
pub(crate) struct Operator;

/// Class T: the tenant's admin token as bearer and its org's id, which is kept, beside it.
pub(crate) struct TenantOrg(pub(crate) String);

/// Class C: a cookie of a known session.
pub(crate) struct Session {
    pub(crate) cookie: String,
    member: Member,
}

/// The org in the path, when it is the session's own.
pub(crate) struct OwnOrg(pub(crate) wire::Org);

impl Session {
    pub(crate) fn user_id(&self) -> &str {
        &self.member.user_id
    }

    /// The tenant that the session was opened for.
    pub(crate) fn slug(&self) -> &str {
        &self.member.slug
    }

    /// Whether its user belongs to the org.
    pub(crate) fn is_member_of(&self, slug: &str) -> bool {
        self.member.member && self.member.slug == slug
    }
}

impl FromRequestParts<Stub> for Operator {
    type Rejection = Unauthorized;

    async fn from_request_parts(parts: &mut Parts, stub: &Stub) -> Result<Self, Unauthorized> {
        let known = bearer(&parts.headers) == Some(&stub.config().admin_api_token);
        known.then_some(Self).ok_or(Unauthorized)
    }
}

impl FromRequestParts<Stub> for TenantOrg {
    type Rejection = Unauthorized;

    async fn from_request_parts(parts: &mut Parts, stub: &Stub) -> Result<Self, Unauthorized> {
        let id = parts.headers.get(ORG_ID_HEADER).and_then(|id| id.to_str().ok()).ok_or(Unauthorized)?;
        let state = stub.state();
        let org = state.orgs.by_id(id).ok_or(Unauthorized)?;
        let own = bearer(&parts.headers) == Some(org.admin_token.as_str());
        own.then(|| Self(org.id.clone())).ok_or(Unauthorized)
    }
}

impl FromRequestParts<Stub> for Session {
    type Rejection = Unauthorized;

    async fn from_request_parts(parts: &mut Parts, stub: &Stub) -> Result<Self, Unauthorized> {
        let cookie = parts.headers.get(header::COOKIE).and_then(|cookie| cookie.to_str().ok());
        let state = stub.state();
        let found = cookie.and_then(|cookie| state.members.find(cookie)).ok_or(Unauthorized)?;
        Ok(Self { cookie: found.0.to_owned(), member: found.1.clone() })
    }
}

impl FromRequestParts<Stub> for OwnOrg {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, stub: &Stub) -> Result<Self, Refusal> {
        let session = Session::from_request_parts(parts, stub).await?;
        let slug = Path::<String>::from_request_parts(parts, stub).await;
        let Path(slug) = slug.map_err(|_| Refusal::NotFound("org not found"))?;
        let own = session.is_member_of(&slug).then_some(slug);
        let org = own.and_then(|slug| stub.state().orgs.by_slug(&slug).map(Org::listed));
        org.map(Self).ok_or(Refusal::NotFound("org not found"))
    }
}
