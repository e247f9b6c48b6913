//! Token lookups bounded in time: a database that hangs is a database that is down.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use server_store::{
    DbError,
    org_tokens::{self, LiveOrgToken},
    tokens::{self, Standing, TokenHash},
};
use server_types::WorkspaceId;

use crate::App;

/// Longest wait for a credential lookup before the datastore counts as unavailable.
const DEADLINE: Duration = Duration::from_secs(5);

/// The lookup failed or took too long.
#[derive(Debug, thiserror::Error)]
pub(super) enum LookupError {
    #[error("credential query failed")]
    Query(#[from] DbError),
    #[error("credential query took longer than {DEADLINE:?}")]
    TooSlow,
}

async fn bounded<T>(query: impl Future<Output = Result<T, DbError>>) -> Result<T, LookupError> {
    match tokio::time::timeout(DEADLINE, query).await {
        Ok(answer) => Ok(answer?),
        Err(_) => Err(LookupError::TooSlow),
    }
}

fn hash(bearer: &SecretString) -> TokenHash {
    TokenHash::of(bearer.expose_secret())
}

pub(super) async fn is_token_of(
    app: &App,
    bearer: &SecretString,
    workspace: WorkspaceId,
) -> Result<bool, LookupError> {
    bounded(tokens::validate_for(&app.store.db, &hash(bearer), workspace)).await
}

pub(super) async fn any_token(app: &App, bearer: &SecretString) -> Result<Option<WorkspaceId>, LookupError> {
    bounded(tokens::validate_any(&app.store.db, &hash(bearer))).await
}

pub(super) async fn owner(app: &App, bearer: &SecretString) -> Result<Option<WorkspaceId>, LookupError> {
    bounded(tokens::workspace_of(&app.store.db, &hash(bearer))).await
}

pub(super) async fn org_token(app: &App, bearer: &SecretString) -> Result<Option<LiveOrgToken>, LookupError> {
    bounded(org_tokens::validate(&app.store.db, &hash(bearer))).await
}

pub(super) async fn standing(app: &App, workspace: WorkspaceId) -> Result<Standing, LookupError> {
    bounded(tokens::standing(&app.store.db, workspace)).await
}

pub(super) async fn any_live(app: &App) -> Result<bool, LookupError> {
    bounded(tokens::any_live(&app.store.db)).await
}

/// Whether the bearer is the configured administrator token.
pub(super) fn is_admin(app: &App, bearer: &SecretString) -> bool {
    app.config.admin_token.as_ref().is_some_and(|token| token.matches(bearer))
}
