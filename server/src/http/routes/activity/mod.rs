//! What agents said and did: report and read.

mod list;
mod report;

use crate::http::table::{AuthClass, Table};

/// The routes of this noun.
pub(super) fn routes() -> Table {
    Table::new().get("/workspaces/{id}/activity", AuthClass::Workspace, list::handler).post(
        "/workspaces/{id}/activity",
        AuthClass::Workspace,
        report::handler,
    )
}
