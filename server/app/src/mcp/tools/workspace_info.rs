//! `get_workspace_info`: the workspace's own card; a removed one says so.

use serde_json::json;
use server_store::workspaces::facts;
use server_types::WorkspaceId;

use super::{Fault, lookup_failed, pretty};
use crate::App;

pub(super) const DESCRIPTION: &str = "Describe this workspace: id, name, role, tier, status and parent.";

pub(super) async fn run(app: &App, workspace: WorkspaceId) -> Result<String, Fault> {
    let found = facts::facts(&app.store.db, workspace).await;
    let facts = found.map_err(|error| lookup_failed(workspace, &error))?;
    let facts = facts.ok_or_else(|| Fault::tool("workspace not found"))?;
    let mut info = json!({
        "id": facts.id,
        "name": facts.name,
        "role": facts.role.unwrap_or_default(),
        "tier": facts.tier,
        "status": facts.status,
    });
    if let Some(parent) = facts.parent_id {
        info["parent_id"] = json!(parent);
    }
    Ok(pretty(&info))
}
