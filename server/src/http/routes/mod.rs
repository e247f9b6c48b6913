//! Every endpoint, one file each, grouped by noun.

mod a2a;
mod activity;
mod admin;
mod events;
mod mcp;
mod notify;
mod org_tokens;
mod registry;
mod service;
mod tokens;
mod uploads;
mod workspaces;

use super::table::Table;

/// All routes of the server, each with its auth class.
pub fn all() -> Table {
    Table::new()
        .merge(service::routes())
        .merge(uploads::routes())
        .merge(admin::routes())
        .merge(tokens::routes())
        .merge(org_tokens::routes())
        .merge(a2a::routes())
        .merge(activity::routes())
        .merge(notify::routes())
        .merge(mcp::routes())
        .merge(workspaces::routes())
        .merge(registry::routes())
        .merge(events::routes())
}
