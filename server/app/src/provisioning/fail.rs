//! The one way a provisioning fails: the row says why in a canned text, the event says the same.
//!
//! Raw causes go to the log line of the caller only: machine types, networks, key names and bodies
//! once reached the browser (#1206).

use std::time::Duration;

use serde_json::{Map, Value};
use server_store::status::{self, Change};
use server_types::{EventName, Trigger, WorkspaceId};

use crate::App;

/// No backend can start anything.
pub const NO_BACKEND: &str = "no provisioning backend available — workspace requires either a Docker daemon \
                              (self-hosted) or control-plane provisioner (SaaS)";
/// The control plane did not start the machine.
pub const PROVISIONING_FAILED: &str = "provisioning failed";
/// The local engine did not start the container.
pub const START_FAILED: &str = "workspace start failed";
pub(super) const PANICKED: &str = "provision panic";

/// Longest a failure may take to be written, whatever became of its cause.
const WRITE_DEADLINE: Duration = Duration::from_secs(10);

/// Marks the workspace failed and announces it, unless it left `provisioning` meanwhile.
pub(super) async fn provisioning(app: &App, id: WorkspaceId, text: &str, mut extra: Map<String, Value>) {
    let write = status::fail(&app.store.db, id, Trigger::ProvisionAborted, text);
    let change = match tokio::time::timeout(WRITE_DEADLINE, write).await {
        Ok(Ok(change)) => change,
        Ok(Err(error)) => {
            tracing::error!(%error, workspace = %id, "provision failure could not be stored");
            return;
        }
        Err(_) => {
            tracing::error!(workspace = %id, "provision failure could not be stored in time");
            return;
        }
    };
    if let Change::Changed { .. } = change {
        extra.entry("error").or_insert_with(|| text.into());
        app.events.record_or_log(EventName::WorkspaceProvisionFailed, id, Value::Object(extra)).await;
    }
}

pub(super) async fn no_backend(app: &App, id: WorkspaceId) {
    tracing::warn!("Provisioner: workspace start failed for {id}: no backend");
    provisioning(app, id, NO_BACKEND, Map::new()).await;
}
