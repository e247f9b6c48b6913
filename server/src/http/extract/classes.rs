//! Extractors of the classes that the route table enforces.
//!
//! A handler that takes one under a route of another class answers 500: the mistake is found by the
//! first test that calls it, and never opens a route.

use axum::{
    extract::FromRequestParts,
    http::{StatusCode, request::Parts},
};
use server_app::{
    App,
    auth::{self, Caller, Credentials},
};
use server_types::WorkspaceId;

use super::path::workspace_id;
use crate::http::{middleware::authenticate::Proof, refusal::Refusal};

/// Keeps the proofs from being made anywhere but here.
#[derive(Clone, Copy, Debug)]
struct Sealed;

/// An administrator of this tenant.
#[derive(Clone, Debug)]
pub struct AdminAuth {
    /// By which rule.
    pub caller: Caller,
    _sealed: Sealed,
}

/// Somebody who may use the routes of workspace `id`.
#[derive(Clone, Debug)]
pub struct WorkspaceAuth {
    /// The workspace of the path.
    pub id: WorkspaceId,
    /// By which rule.
    pub caller: Caller,
    _sealed: Sealed,
}

/// Somebody who may move the canvas viewport.
#[derive(Clone, Debug)]
pub struct CanvasAuth {
    _sealed: Sealed,
}

/// The workspace itself, shown by its own token; plaintext and files follow.
#[derive(Clone, Copy, Debug)]
pub struct OwnToken {
    /// The workspace.
    pub id: WorkspaceId,
    _sealed: Sealed,
}

fn undeclared(extractor: &'static str) -> Refusal {
    tracing::error!("{extractor} on a route of another class; declare the class in the route table");
    Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "internal server error")
}

impl<S: Send + Sync> FromRequestParts<S> for AdminAuth {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        match parts.extensions.get::<Proof>() {
            Some(Proof::Admin(caller)) => Ok(Self { caller: caller.clone(), _sealed: Sealed }),
            _ => Err(undeclared("AdminAuth")),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for CanvasAuth {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        match parts.extensions.get::<Proof>() {
            Some(Proof::Canvas) => Ok(Self { _sealed: Sealed }),
            _ => Err(undeclared("CanvasAuth")),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for WorkspaceAuth {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let caller = match parts.extensions.get::<Proof>() {
            Some(Proof::Workspace(caller)) => caller.clone(),
            _ => return Err(undeclared("WorkspaceAuth")),
        };
        Ok(Self { id: workspace_id(parts, state).await?, caller, _sealed: Sealed })
    }
}

impl FromRequestParts<App> for OwnToken {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
        let WorkspaceAuth { id, .. } = WorkspaceAuth::from_request_parts(parts, app).await?;
        let shown = Credentials::of(&parts.headers, &app.config);
        auth::inner_gate::authenticate(app, &shown, id).await?;
        Ok(Self { id, _sealed: Sealed })
    }
}
