//! Messages from an agent to the user.

mod send;

use crate::http::table::{AuthClass, Table};

/// The routes of this noun.
pub(super) fn routes() -> Table {
    Table::new().post("/workspaces/{id}/notify", AuthClass::Workspace, send::handler)
}
