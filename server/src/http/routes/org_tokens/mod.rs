//! Organisation API tokens: list, mint, revoke. Each is good for the whole tenant.

mod create;
mod list;
mod revoke;

use crate::http::table::{AuthClass, Limit, Table};

/// Routes of organisation tokens.
pub(super) fn routes() -> Table {
    Table::new()
        .get("/org/tokens", AuthClass::Admin, list::handler)
        .post("/org/tokens", AuthClass::Admin, create::handler)
        .limited(Limit::OrgTokenMint)
        .delete("/org/tokens/{token_id}", AuthClass::Admin, revoke::handler)
}
