//! Adds one row.

use server_types::{
    ActivityId, WorkspaceId,
    stored::{StoredJson, StoredText},
};
use sqlx::PgExecutor;

/// A row to be written; absent fields become NULL.
#[derive(Clone, Debug)]
pub struct NewActivity {
    /// Whose activity it is.
    pub workspace_id: WorkspaceId,
    /// `a2a_receive`, `agent_log`, …
    pub activity_type: String,
    /// Who caused it; `None` is the canvas user.
    pub source_id: Option<WorkspaceId>,
    /// Whom it concerns.
    pub target_id: Option<WorkspaceId>,
    /// JSON-RPC method or a word of ours.
    pub method: Option<StoredText>,
    /// One line for people.
    pub summary: Option<StoredText>,
    /// What was sent.
    pub request_body: Option<StoredJson>,
    /// What came back.
    pub response_body: Option<StoredJson>,
    /// Tools the agent used.
    pub tool_trace: Option<StoredJson>,
    /// How long it took.
    pub duration_ms: Option<i32>,
    /// `ok`, `error`, `timeout` or a delegation status.
    pub status: StoredText,
    /// Why it failed.
    pub error_detail: Option<StoredText>,
}

impl NewActivity {
    /// A row with status `ok` and nothing else.
    pub fn new(workspace_id: WorkspaceId, activity_type: impl Into<String>) -> Self {
        Self {
            workspace_id,
            activity_type: activity_type.into(),
            source_id: None,
            target_id: None,
            method: None,
            summary: None,
            request_body: None,
            response_body: None,
            tool_trace: None,
            duration_ms: None,
            status: StoredText::new("ok"),
            error_detail: None,
        }
    }
}

/// Writes the row and returns its id.
///
/// # Errors
/// Any database error; nothing was written.
pub async fn insert(db: impl PgExecutor<'_>, new: &NewActivity) -> Result<ActivityId, sqlx::Error> {
    sqlx::query_scalar!(
        r#"INSERT INTO activity_logs
               (workspace_id, activity_type, source_id, target_id, method, summary, request_body,
                response_body, tool_trace, duration_ms, status, error_detail)
           VALUES ($1, $2, $3, $4, $5, $6, $7::text::jsonb, $8::text::jsonb, $9::text::jsonb, $10, $11, $12)
           RETURNING id"#,
        new.workspace_id.0,
        new.activity_type,
        new.source_id.map(|id| id.0),
        new.target_id.map(|id| id.0),
        new.method.as_ref().map(StoredText::as_str),
        new.summary.as_ref().map(StoredText::as_str),
        new.request_body.as_ref().map(StoredJson::as_str),
        new.response_body.as_ref().map(StoredJson::as_str),
        new.tool_trace.as_ref().map(StoredJson::as_str),
        new.duration_ms,
        new.status.as_str(),
        new.error_detail.as_ref().map(StoredText::as_str),
    )
    .fetch_one(db)
    .await
    .map(ActivityId)
}
