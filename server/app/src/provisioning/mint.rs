//! Credentials before the start. A backend takes a [`Ready`], and only [`mint`] makes one, so that no
//! path can start a workspace whose inbound secret nobody stored (#2366).

use std::collections::BTreeMap;

use server_store::tokens;

use super::{Job, prepare::Prepared};
use crate::App;

/// A job that may start: its credentials are committed.
pub(super) struct Ready {
    job: Job,
    env: BTreeMap<String, String>,
}

impl Ready {
    pub(super) fn into_parts(self) -> (Job, BTreeMap<String, String>) {
        (self.job, self.env)
    }
}

/// Revokes what an earlier machine holds and stores a fresh inbound secret.
///
/// No workspace token is minted here: the first registration of the new machine does that, which is
/// why the old ones must be gone. Failures are logged and do not abort; registration heals them.
pub(super) async fn mint(app: &App, prepared: Prepared) -> Ready {
    let id = prepared.job.id;
    if let Err(error) = tokens::revoke_all(&app.store.db, &[id]).await {
        tracing::warn!(%error, workspace = %id, "old workspace tokens could not be revoked");
    }
    if let Err(error) = app.inbound_secrets.mint(&app.store, id).await {
        tracing::warn!(%error, workspace = %id, "inbound secret could not be stored");
    }
    Ready { job: prepared.job, env: prepared.env }
}
