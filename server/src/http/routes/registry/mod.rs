//! Agents announce themselves, beat, and ask about each other.

mod body;
mod check_access;
mod discover;
mod heartbeat;
mod peers;
mod register;
mod update_card;

use crate::http::table::{AuthClass, Table};

/// Routes of the registry.
pub(super) fn routes() -> Table {
    Table::new()
        .post("/registry/register", AuthClass::Registry, register::handler)
        .post("/registry/heartbeat", AuthClass::Registry, heartbeat::handler)
        .post("/registry/update-card", AuthClass::Registry, update_card::handler)
        .get("/registry/discover/{id}", AuthClass::Discovery, discover::handler)
        .get("/registry/{id}/peers", AuthClass::Discovery, peers::handler)
        .post("/registry/check-access", AuthClass::None, check_access::handler)
}
