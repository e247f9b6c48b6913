//! Messages to an agent.

mod queue;
mod refusal;
mod send;

use crate::http::table::{AuthClass, Table};

/// The routes of this noun.
pub(super) fn routes() -> Table {
    Table::new().post("/workspaces/{id}/a2a", AuthClass::A2aCaller, send::handler).get(
        "/workspaces/{id}/a2a/queue/{queue_id}",
        AuthClass::QueueReader,
        queue::handler,
    )
}
