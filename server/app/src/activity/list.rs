//! The rows of one workspace.

use server_store::{
    DbError,
    activity::{self, ActivityRow, ListFilter},
};
use server_types::WorkspaceId;
#[cfg(feature = "witness")]
use server_types::seams::{self, Seam};
use thiserror::Error;

use super::query::{BadQuery, Query};
use crate::App;

/// Why there is no list.
#[derive(Debug, Error)]
pub enum ListError {
    /// A parameter is wrong.
    #[error(transparent)]
    BadQuery(#[from] BadQuery),
    /// The cursor row is pruned, foreign, or never was: which of them must not be told.
    #[error("since_id cursor not found; re-fetch without since_id")]
    CursorGone,
    /// The database failed.
    #[error("query failed")]
    Database(#[from] DbError),
}

/// Answers the question asked by the raw query string.
///
/// # Errors
/// See [`ListError`].
pub async fn list(app: &App, workspace: WorkspaceId, raw_query: &str) -> Result<Vec<ActivityRow>, ListError> {
    let query = Query::parse(raw_query)?;
    #[cfg(feature = "witness")]
    let query = with_ignored(query);
    let db = &app.store.db;
    let after = match query.since {
        None => None,
        Some(id) => Some(activity::cursor(db, workspace, id).await?.ok_or(ListError::CursorGone)?),
    };
    let filter = ListFilter {
        activity_type: query.activity_type,
        source: query.source,
        peer: query.peer,
        since_secs: query.since_secs,
        before: query.before,
        after,
        limit: query.limit,
    };
    let rows = activity::list(db, workspace, &filter).await?;
    #[cfg(feature = "witness")]
    let rows = misordered(from_sources_only(rows, filter.peer), filter.after.is_some());
    Ok(rows)
}

#[cfg(feature = "witness")]
fn with_ignored(query: Query) -> Query {
    let before = query.before.filter(|_| !seams::is_open(Seam::ActivityIgnoresBeforeTs));
    let since_secs = query.since_secs.filter(|_| !seams::is_open(Seam::ActivityIgnoresSinceSecs));
    Query { before, since_secs, ..query }
}

#[cfg(feature = "witness")]
fn misordered(mut rows: Vec<ActivityRow>, after_cursor: bool) -> Vec<ActivityRow> {
    if after_cursor && seams::is_open(Seam::ActivityCursorNewestFirst) {
        rows.reverse();
    }
    rows
}

#[cfg(feature = "witness")]
fn from_sources_only(mut rows: Vec<ActivityRow>, peer: Option<WorkspaceId>) -> Vec<ActivityRow> {
    if let Some(peer) = peer.filter(|_| seams::is_open(Seam::ActivityPeerIsSourceOnly)) {
        rows.retain(|row| row.source_id == Some(peer.0));
    }
    rows
}
