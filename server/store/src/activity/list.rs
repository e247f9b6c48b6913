//! Reads rows: newest first, or after a cursor oldest first.
//!
//! Order and cursor use the pair (`created_at`, `id`), so rows of one instant are neither repeated
//! nor lost between pages. The peer filter is a statement of its own: written as
//! `$n IS NULL OR …` a generic plan could not use the two partial indexes.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::value::RawValue;
#[cfg(feature = "witness")]
use server_types::seams::{self, Seam};
use server_types::{ActivityId, WorkspaceId};
use sqlx::{PgExecutor, types::Json};
use uuid::Uuid;

/// A stored row as it goes out; bodies appear only when they are not NULL.
#[derive(Debug, Serialize)]
#[allow(missing_docs, reason = "the columns of activity_logs")]
pub struct ActivityRow {
    pub id: Uuid,
    pub workspace_id: Uuid,
    pub activity_type: String,
    pub source_id: Option<Uuid>,
    pub target_id: Option<Uuid>,
    pub method: Option<String>,
    pub summary: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_body: Option<Json<Box<RawValue>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_body: Option<Json<Box<RawValue>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tool_trace: Option<Json<Box<RawValue>>>,
    pub duration_ms: Option<i32>,
    pub status: Option<String>,
    pub error_detail: Option<String>,
    pub created_at: Option<DateTime<Utc>>,
}

/// Which rows by their source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceKind {
    /// No source: the canvas user.
    Canvas,
    /// Any workspace.
    Agent,
}

/// A place in the recorded order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// When the row was written.
    pub created_at: DateTime<Utc>,
    /// Which of the rows of that instant.
    pub id: ActivityId,
}

/// All filters compose; absent ones do not restrict.
#[derive(Clone, Debug, Default)]
pub struct ListFilter {
    /// Exactly this type.
    pub activity_type: Option<String>,
    /// By the kind of source.
    pub source: Option<SourceKind>,
    /// Source or target is this workspace.
    pub peer: Option<WorkspaceId>,
    /// Not older than so many seconds.
    pub since_secs: Option<i64>,
    /// Strictly earlier than this instant.
    pub before: Option<DateTime<Utc>>,
    /// Strictly after this row, oldest first; without it newest first.
    pub after: Option<Cursor>,
    /// Most rows returned.
    pub limit: i64,
}

/// Finds the cursor row, only within its own workspace.
///
/// # Errors
/// Any database error.
pub async fn cursor(
    db: impl PgExecutor<'_>,
    workspace: WorkspaceId,
    id: ActivityId,
) -> Result<Option<Cursor>, sqlx::Error> {
    #[cfg(feature = "witness")]
    if seams::is_open(Seam::ActivityCursorOfAnybody) {
        let anywhere = sqlx::query_scalar("SELECT created_at FROM activity_logs WHERE id = $1").bind(id.0);
        let created_at: Option<DateTime<Utc>> = anywhere.fetch_optional(db).await?;
        return Ok(created_at.map(|created_at| Cursor { created_at, id }));
    }
    let created_at = sqlx::query_scalar!(
        r#"SELECT COALESCE(created_at, to_timestamp(0)) AS "at!" FROM activity_logs WHERE id = $1 AND workspace_id = $2"#,
        id.0,
        workspace.0,
    )
    .fetch_optional(db)
    .await?;
    Ok(created_at.map(|created_at| Cursor { created_at, id }))
}

/// One statement; the clauses after the common ones are its variants.
macro_rules! rows {
    ($db:expr, $workspace:expr, $filter:expr, $variant:tt $(, $extra:expr)*) => {
        sqlx::query_as!(
            ActivityRow,
            r#"SELECT id, workspace_id, activity_type, source_id, target_id, method, summary,
                      request_body AS "request_body: _", response_body AS "response_body: _",
                      tool_trace AS "tool_trace: _", duration_ms, status, error_detail, created_at
               FROM activity_logs
               WHERE workspace_id = $1
                 AND ($2::text IS NULL OR activity_type = $2)
                 AND ($3::bool IS NULL OR (source_id IS NULL) = $3)
                 AND ($4::bigint IS NULL OR created_at >= now() - $4 * interval '1 second')
                 AND ($5::timestamptz IS NULL OR created_at < $5)
               "# + $variant + " LIMIT $6",
            $workspace.0,
            $filter.activity_type.as_deref(),
            $filter.source.map(|kind| kind == SourceKind::Canvas),
            $filter.since_secs,
            $filter.before,
            $filter.limit,
            $($extra),*
        )
        .fetch_all($db)
        .await
    };
}

/// The rows of one workspace that pass the filter.
///
/// # Errors
/// Any database error.
pub async fn list(
    db: impl PgExecutor<'_>,
    workspace: WorkspaceId,
    filter: &ListFilter,
) -> Result<Vec<ActivityRow>, sqlx::Error> {
    match (filter.peer, filter.after) {
        (None, None) => rows!(db, workspace, filter, "ORDER BY created_at DESC, id DESC"),
        (Some(peer), None) => rows!(
            db,
            workspace,
            filter,
            "AND (source_id = $7 OR target_id = $7) ORDER BY created_at DESC, id DESC",
            peer.0
        ),
        (None, Some(after)) => rows!(
            db,
            workspace,
            filter,
            "AND (created_at, id) > ($7, $8) ORDER BY created_at, id",
            after.created_at,
            after.id.0
        ),
        (Some(peer), Some(after)) => rows!(
            db,
            workspace,
            filter,
            "AND (source_id = $7 OR target_id = $7) AND (created_at, id) > ($8, $9) ORDER BY created_at, id",
            peer.0,
            after.created_at,
            after.id.0
        ),
    }
}
