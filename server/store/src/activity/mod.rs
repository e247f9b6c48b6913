//! `activity_logs`: what agents said and did.
//!
//! Writers take [`StoredText`] and [`StoredJson`], so a row can never be refused for its text.

mod insert;
mod list;
mod prune;

pub use insert::{NewActivity, insert};
pub use list::{ActivityRow, Cursor, ListFilter, SourceKind, cursor, list};
pub use prune::prune;
pub use server_types::stored::{StoredJson, StoredText};
