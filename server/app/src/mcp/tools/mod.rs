//! What an agent may do through MCP; one tool a file.
//!
//! Every tool acts as the authenticated workspace. Its failure text is public: it never carries what a
//! database or a host said.

mod list_peers;
mod workspace_info;

use serde_json::{Value, json};
use server_types::WorkspaceId;

use super::Fault;
use crate::App;

/// The closed set of tools.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    /// Who can be talked to.
    ListPeers,
    /// Who am I.
    WorkspaceInfo,
}

impl Tool {
    /// Every tool, in the order of `tools/list`.
    pub const ALL: [Self; 2] = [Self::ListPeers, Self::WorkspaceInfo];

    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::ListPeers => "list_peers",
            Self::WorkspaceInfo => "get_workspace_info",
        }
    }

    /// The tool of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tool| tool.name() == name)
    }

    /// The entry in `tools/list`.
    pub fn describe(self) -> Value {
        let description = match self {
            Self::ListPeers => list_peers::DESCRIPTION,
            Self::WorkspaceInfo => workspace_info::DESCRIPTION,
        };
        json!({
            "name": self.name(),
            "description": description,
            "inputSchema": { "type": "object", "properties": {}, "required": [] },
        })
    }

    /// Runs the tool and returns its text.
    ///
    /// # Errors
    /// The tool's own public text.
    pub async fn run(self, app: &App, workspace: WorkspaceId) -> Result<String, Fault> {
        match self {
            Self::ListPeers => list_peers::run(app, workspace).await,
            Self::WorkspaceInfo => workspace_info::run(app, workspace).await,
        }
    }
}

/// A lookup that failed says only that it failed: it is not the same as "nothing there" (#2397).
fn lookup_failed(workspace: WorkspaceId, error: &server_store::DbError) -> Fault {
    tracing::error!(%workspace, %error, "MCP: lookup failed");
    Fault::tool("lookup failed")
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).expect("a JSON value always prints")
}
