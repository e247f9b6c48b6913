//! Every endpoint, one file each, grouped by noun.

mod admin;
mod service;
mod uploads;

use super::table::Table;

/// All routes of the server, each with its auth class.
pub fn all() -> Table {
    Table::new().merge(service::routes()).merge(uploads::routes()).merge(admin::routes())
}
