//! Extractors of the in-handler classes.

use axum::{
    extract::FromRequestParts,
    http::{StatusCode, request::Parts},
};
use server_app::{
    App,
    auth::{self, CallerClaim, Credentials, queue::QueueReader, socket::Listener},
};
use server_types::WorkspaceId;

use super::path::workspace_id;
use crate::http::{middleware::cors::socket_origin_allowed, refusal::Refusal};

/// The credentials of the request, not judged; for rules that need a value from the body.
#[derive(Clone, Debug)]
pub struct Shown(pub Credentials);

impl FromRequestParts<App> for Shown {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        Ok(Self(Credentials::of(&parts.headers, &app.config)))
    }
}

/// What `X-Workspace-ID` claims; 403 `invalid caller ID` for a forged or malformed value.
#[derive(Clone, Copy, Debug)]
pub struct Claim(pub CallerClaim);

impl<S: Send + Sync> FromRequestParts<S> for Claim {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        Ok(Self(CallerClaim::of(&parts.headers)?))
    }
}

/// The workspace that asks about another one, named by `X-Workspace-ID` (discover).
#[derive(Clone, Copy, Debug)]
pub struct DiscoveryCaller(pub WorkspaceId);

impl FromRequestParts<App> for DiscoveryCaller {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
        let claim = CallerClaim::of(&parts.headers)?;
        let absent = || Refusal::bad_request("X-Workspace-ID header is required");
        let caller = claim.workspace().ok_or_else(absent)?;
        discovery(parts, app, caller).await.map(Self)
    }
}

/// The workspace that asks about its own peers, named by the path.
#[derive(Clone, Copy, Debug)]
pub struct PeersCaller(pub WorkspaceId);

impl FromRequestParts<App> for PeersCaller {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
        let caller = workspace_id(parts, app).await?;
        discovery(parts, app, caller).await.map(Self)
    }
}

async fn discovery(parts: &Parts, app: &App, caller: WorkspaceId) -> Result<WorkspaceId, Refusal> {
    let shown = Credentials::of(&parts.headers, &app.config);
    auth::discovery::authenticate(app, &shown, caller).await?;
    Ok(caller)
}

/// A reader of queued messages; whether a row is theirs is asked with `QueueReader::may_read`.
#[derive(Clone, Copy, Debug)]
pub struct QueueAuth(pub QueueReader);

impl FromRequestParts<App> for QueueAuth {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
        let shown = Credentials::of(&parts.headers, &app.config);
        Ok(Self(auth::queue::authenticate(app, &shown).await?))
    }
}

/// Who opens `/ws`; origin and token are judged before the upgrade.
#[derive(Clone, Copy, Debug)]
pub struct SocketAuth(pub Listener);

impl FromRequestParts<App> for SocketAuth {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
        if !socket_origin_allowed(&parts.headers, &app.config) {
            return Err(Refusal::new(StatusCode::FORBIDDEN, "origin not allowed"));
        }
        let claim = CallerClaim::of(&parts.headers)?;
        let shown = Credentials::of(&parts.headers, &app.config);
        Ok(Self(auth::socket::authenticate(app, &shown, claim).await?))
    }
}
