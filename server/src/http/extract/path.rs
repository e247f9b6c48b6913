//! Typed ids from the path; handlers never see a raw one.

use axum::{
    extract::{FromRequestParts, RawPathParams},
    http::request::Parts,
};
use server_types::WorkspaceId;

use crate::http::refusal::Refusal;

/// The workspace id `{id}` of a route whose class proves nothing about it.
#[derive(Clone, Copy, Debug)]
pub struct PathId(pub WorkspaceId);

impl<S: Send + Sync> FromRequestParts<S> for PathId {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        workspace_id(parts, state).await.map(Self)
    }
}

/// Reads `{id}`; anything but the canonical form is 400 before any query (#687).
pub(super) async fn workspace_id<S: Send + Sync>(
    parts: &mut Parts,
    state: &S,
) -> Result<WorkspaceId, Refusal> {
    let params = RawPathParams::from_request_parts(parts, state).await.ok();
    let raw = params.as_ref().and_then(|params| params.iter().find(|(name, _)| *name == "id"));
    let id = raw.and_then(|(_, raw)| WorkspaceId::canonical(raw));
    id.ok_or_else(|| Refusal::bad_request("invalid workspace ID"))
}
