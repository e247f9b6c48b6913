//! `list_peers`: siblings, children, parent.

use serde_json::{Value, json};
use server_store::{hierarchy, workspaces::facts};
use server_types::WorkspaceId;

use super::{Fault, lookup_failed, pretty};
use crate::App;

pub(super) const DESCRIPTION: &str =
    "List the workspaces this agent can communicate with: siblings, direct children and the parent.";

pub(super) async fn run(app: &App, workspace: WorkspaceId) -> Result<String, Fault> {
    let db = &app.store.db;
    let known = facts::status(db, workspace).await.map_err(|error| lookup_failed(workspace, &error))?;
    known.ok_or_else(|| Fault::tool("workspace not found"))?;
    let peers = hierarchy::peers(db, workspace).await.map_err(|error| lookup_failed(workspace, &error))?;
    if peers.is_empty() {
        return Ok("No peers found.".into());
    }
    let shown = peers.iter().map(|peer| {
        json!({
            "id": peer.id,
            "name": peer.name,
            "role": peer.role.as_deref().unwrap_or_default(),
            "status": peer.status,
            "tier": peer.tier,
        })
    });
    Ok(pretty(&shown.collect::<Value>()))
}
