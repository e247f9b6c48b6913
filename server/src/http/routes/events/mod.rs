//! What happened: the recorded history, and the live stream over WebSocket.

mod list;
mod socket;

use crate::http::table::{AuthClass, Table};

/// Routes of events.
pub(super) fn routes() -> Table {
    Table::new()
        .get("/events", AuthClass::Admin, list::all)
        .get("/events/{id}", AuthClass::Admin, list::of_workspace)
        .get("/ws", AuthClass::Socket, socket::handler)
}
