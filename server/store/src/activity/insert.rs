//! Adds rows.

use server_types::{
    WorkspaceId,
    stored::{StoredJson, StoredText},
};
use sqlx::{PgExecutor, types::Uuid};

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

/// Writes the rows in one statement: all of them or none.
///
/// Rows of one statement share its instant; each is given a microsecond more than the one before it, so
/// that readers see them in the order given.
///
/// # Errors
/// Any database error; nothing was written.
pub async fn insert(db: impl PgExecutor<'_>, rows: &[&NewActivity]) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"INSERT INTO activity_logs
               (workspace_id, activity_type, source_id, target_id, method, summary, request_body,
                response_body, tool_trace, duration_ms, status, error_detail, created_at)
           SELECT workspace_id, activity_type, source_id, target_id, method, summary, request_body::jsonb,
                  response_body::jsonb, tool_trace::jsonb, duration_ms, status, error_detail,
                  now() + (place - 1) * interval '1 microsecond'
           FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[],
                       $8::text[], $9::text[], $10::int[], $11::text[], $12::text[])
                WITH ORDINALITY AS given
                (workspace_id, activity_type, source_id, target_id, method, summary, request_body,
                 response_body, tool_trace, duration_ms, status, error_detail, place)
           ORDER BY place"#,
        &column(rows, |row| row.workspace_id.0),
        &column(rows, |row| row.activity_type.as_str()) as &[&str],
        &column(rows, |row| row.source_id.map(|id| id.0)) as &[Option<Uuid>],
        &column(rows, |row| row.target_id.map(|id| id.0)) as &[Option<Uuid>],
        &column(rows, |row| row.method.as_ref().map(StoredText::as_str)) as &[Option<&str>],
        &column(rows, |row| row.summary.as_ref().map(StoredText::as_str)) as &[Option<&str>],
        &column(rows, |row| row.request_body.as_ref().map(StoredJson::as_str)) as &[Option<&str>],
        &column(rows, |row| row.response_body.as_ref().map(StoredJson::as_str)) as &[Option<&str>],
        &column(rows, |row| row.tool_trace.as_ref().map(StoredJson::as_str)) as &[Option<&str>],
        &column(rows, |row| row.duration_ms) as &[Option<i32>],
        &column(rows, |row| row.status.as_str()) as &[&str],
        &column(rows, |row| row.error_detail.as_ref().map(StoredText::as_str)) as &[Option<&str>],
    )
    .execute(db)
    .await
    .map(drop)
}

/// One value of every row.
fn column<'a, T>(rows: &[&'a NewActivity], value: impl Fn(&'a NewActivity) -> T) -> Vec<T> {
    rows.iter().map(|row| value(row)).collect()
}
