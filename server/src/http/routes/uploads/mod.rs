//! What an uploading client must know beforehand.

mod limits;

use crate::http::table::{AuthClass, Table};

/// Routes about uploads.
pub(super) fn routes() -> Table {
    Table::new().get("/uploads/limits", AuthClass::None, limits::handler)
}
