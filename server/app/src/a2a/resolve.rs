//! Where the agent is, and whether the server may call it.

use server_store::a2a::target::Target;
use server_types::{WorkspaceId, WorkspaceStatus};

use super::SendError;
use crate::{
    App,
    restart::Cause,
    url_policy::{Profile, SafeUrl},
};

/// The address of the target, checked; asks a sleeping one to wake.
///
/// The row is looked at even when the address is cached: an agent of a removed workspace may still
/// run, and must not be spoken to.
pub(super) async fn resolve(app: &App, id: WorkspaceId, row: Option<&Target>) -> Result<SafeUrl, SendError> {
    let row = row.filter(|row| row.status != WorkspaceStatus::Removed).ok_or(SendError::NotFound)?;
    let url = match cached(app, id).await {
        Some(url) => url,
        None => registered(app, id, row).await?,
    };
    let url = app.provisioning.reachable(id, url, app.config.in_docker);
    app.url_policy.check(Profile::Forward, &url).await.map_err(|blocked| {
        tracing::warn!(workspace = %id, %blocked, "A2A: address refused");
        SendError::Unroutable
    })
}

async fn cached(app: &App, id: WorkspaceId) -> Option<String> {
    let url = app.store.cache.url(id).await.unwrap_or_else(|error| {
        tracing::warn!(workspace = %id, %error, "A2A: URL cache unavailable");
        None
    });
    url.filter(|url| !url.is_empty())
}

async fn registered(app: &App, id: WorkspaceId, row: &Target) -> Result<String, SendError> {
    let Some(url) = row.url.as_deref().filter(|url| !url.is_empty()) else {
        return Err(asleep_or_unknown(app, id, row.status));
    };
    if let Err(error) = app.store.cache.set_url(id, url).await {
        tracing::warn!(workspace = %id, %error, "A2A: URL not cached");
    }
    Ok(url.to_owned())
}

/// A sleeping agent can only be woken where something can start it.
fn asleep_or_unknown(app: &App, id: WorkspaceId, status: WorkspaceStatus) -> SendError {
    if status != WorkspaceStatus::Hibernated || !app.provisioning.has_provisioner() {
        return SendError::NoUrl(status);
    }
    app.restart_detached(id, Cause::Wake);
    SendError::Waking
}
