//! Operator routes.

mod liveness;
mod test_token;

use crate::http::table::{AuthClass, Table};

/// Operator routes.
pub(super) fn routes() -> Table {
    Table::new().get("/admin/liveness", AuthClass::Admin, liveness::handler).get(
        "/admin/workspaces/{id}/test-token",
        AuthClass::TestToken,
        test_token::handler,
    )
}
