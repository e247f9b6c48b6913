//! The MCP endpoint of a workspace.

mod not_streamed;
mod post;

use crate::http::table::{AuthClass, Limit, Table};

/// The routes of this noun.
pub(super) fn routes() -> Table {
    Table::new()
        .post("/workspaces/{id}/mcp", AuthClass::Workspace, post::handler)
        .limited(Limit::Mcp)
        .get("/workspaces/{id}/mcp", AuthClass::Workspace, not_streamed::handler)
        .delete("/workspaces/{id}/mcp", AuthClass::Workspace, not_streamed::handler)
}
