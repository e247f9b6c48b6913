//! A workspace's own tokens: list, mint, revoke. The plaintext is shown once and never again.

mod create;
mod list;
mod revoke;

use crate::http::table::{AuthClass, Table};

/// Routes of workspace tokens.
pub(super) fn routes() -> Table {
    Table::new()
        .get("/workspaces/{id}/tokens", AuthClass::Workspace, list::handler)
        .post("/workspaces/{id}/tokens", AuthClass::Workspace, create::handler)
        .delete("/workspaces/{id}/tokens/{token_id}", AuthClass::Workspace, revoke::handler)
}
