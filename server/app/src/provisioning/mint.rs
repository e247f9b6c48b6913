//! Credentials before the start. A backend takes a [`Ready`], and only [`mint`] makes one, so that no
//! path can start a workspace whose inbound secret nobody stored (#2366).

use std::collections::BTreeMap;

use secrecy::{ExposeSecret as _, SecretString};
use server_store::tokens;
use server_types::WorkspaceId;

use super::{Job, prepare::Prepared};
use crate::{App, auth, config::DeployMode};

/// Names below `/configs`.
const AUTH_TOKEN_FILE: &str = ".auth_token";
const INBOUND_SECRET_FILE: &str = ".platform_inbound_secret";

/// A job that may start: its credentials are committed.
pub(super) struct Ready {
    job: Job,
    env: BTreeMap<String, String>,
    auth_token: Option<SecretString>,
}

impl Ready {
    pub(super) fn into_parts(self) -> (Job, BTreeMap<String, String>, Option<SecretString>) {
        (self.job, self.env, self.auth_token)
    }
}

/// Revokes what an earlier machine holds and stores fresh credentials.
///
/// Where the disk is reached from here they are files for it. Elsewhere the first registration of the
/// new machine brings a token, which is why the old ones must be gone. Failures are logged and do not
/// abort; registration heals them.
pub(super) async fn mint(app: &App, prepared: Prepared) -> Ready {
    let Prepared { mut job, env } = prepared;
    let on_disk = app.provisioning.docker().is_some() && app.config.deploy_mode != DeployMode::Saas;
    let auth_token = fresh_token(app, job.id, on_disk).await;
    if let Some(token) = &auth_token {
        job.files.insert(AUTH_TOKEN_FILE.into(), token.expose_secret().into());
    }
    match app.inbound_secrets.mint(&app.store, job.id).await {
        Ok(secret) if on_disk => {
            job.files.insert(INBOUND_SECRET_FILE.into(), secret.expose_secret().into());
        }
        Ok(_) => {}
        Err(error) => tracing::warn!(%error, workspace = %job.id, "inbound secret could not be stored"),
    }
    Ready { job, env, auth_token }
}

async fn fresh_token(app: &App, id: WorkspaceId, on_disk: bool) -> Option<SecretString> {
    if let Err(error) = tokens::revoke_all(&app.store.db, &[id]).await {
        tracing::warn!(%error, workspace = %id, "old workspace tokens could not be revoked");
        return None;
    }
    if !on_disk {
        return None;
    }
    match auth::minted::for_workspace(&app.store.db, id).await {
        Ok(minted) => Some(minted.plaintext().clone()),
        Err(error) => {
            tracing::warn!(%error, workspace = %id, "workspace token could not be stored");
            None
        }
    }
}
