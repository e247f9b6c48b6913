//! The service itself: is it up, what is it, what has it counted. Open to everybody.

mod buildinfo;
mod health;
mod metrics;

use crate::http::table::{AuthClass, Table};

/// Routes of the service.
pub(super) fn routes() -> Table {
    Table::new()
        .get("/health", AuthClass::None, health::handler)
        .get("/metrics", AuthClass::None, metrics::handler)
        .get("/buildinfo", AuthClass::None, buildinfo::handler)
}
