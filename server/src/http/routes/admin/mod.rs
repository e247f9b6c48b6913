//! Operator routes.

mod liveness;

use crate::http::table::{AuthClass, Table};

/// Operator routes.
pub(super) fn routes() -> Table {
    Table::new().get("/admin/liveness", AuthClass::Admin, liveness::handler)
}
