//! An agent reports what it did.

use serde::Deserialize;
use serde_json::value::RawValue;
use server_store::activity::{NewActivity, StoredJson, StoredText};
use server_types::WorkspaceId;
use thiserror::Error;
use uuid::Uuid;

use super::{NotRecorded, record};
use crate::App;

/// The types an agent may report; other writers of the table have their own.
pub const REPORTABLE: [&str; 7] =
    ["a2a_send", "a2a_receive", "task_update", "agent_log", "skill_promotion", "memory_write", "error"];

/// The report as sent.
#[derive(Debug, Deserialize)]
#[allow(missing_docs, reason = "the columns of activity_logs")]
pub struct Report {
    pub activity_type: String,
    pub method: Option<String>,
    pub summary: Option<String>,
    pub source_id: Option<String>,
    pub target_id: Option<String>,
    pub status: Option<String>,
    pub error_detail: Option<String>,
    pub duration_ms: Option<i64>,
    pub request_body: Option<Box<RawValue>>,
    pub response_body: Option<Box<RawValue>>,
    pub metadata: Option<Box<RawValue>>,
}

/// Why the report was not kept; `Display` is the public text.
#[derive(Debug, Error)]
pub enum ReportError {
    /// Unreadable, or a field of the wrong form.
    #[error("invalid request body")]
    Invalid,
    /// Not one of [`REPORTABLE`].
    #[error("invalid activity_type, must be one of: {}", REPORTABLE.join(", "))]
    Type,
    /// It claims to come from somebody else.
    #[error("source_id must match authenticated workspace")]
    ForeignSource,
    /// The row was not written.
    #[error("failed to log activity")]
    NotRecorded(#[from] NotRecorded),
}

impl server_types::PublicText for ReportError {}

/// Keeps the report of `workspace` and announces it.
///
/// # Errors
/// See [`ReportError`]; nothing was written or announced then.
pub async fn report(app: &App, workspace: WorkspaceId, body: &[u8]) -> Result<(), ReportError> {
    let report: Report = serde_json::from_slice(body).map_err(|_| ReportError::Invalid)?;
    record(app, row(workspace, report)?).await?;
    Ok(())
}

fn row(workspace: WorkspaceId, report: Report) -> Result<NewActivity, ReportError> {
    if !REPORTABLE.contains(&report.activity_type.as_str()) {
        return Err(ReportError::Type);
    }
    own_source(workspace, report.source_id.as_deref())?;
    Ok(NewActivity {
        source_id: Some(workspace),
        target_id: target(report.target_id)?,
        method: text(report.method),
        summary: text(report.summary),
        request_body: json(report.request_body.or(report.metadata))?,
        response_body: json(report.response_body)?,
        duration_ms: report.duration_ms.map(saturated),
        status: text(report.status).unwrap_or_else(|| StoredText::new("ok")),
        error_detail: text(report.error_detail),
        ..NewActivity::new(workspace, report.activity_type)
    })
}

/// A forged source would put words into another agent's mouth.
fn own_source(workspace: WorkspaceId, claimed: Option<&str>) -> Result<(), ReportError> {
    match claimed.filter(|claimed| !claimed.is_empty()) {
        Some(claimed) if Uuid::parse_str(claimed) != Ok(workspace.0) => {
            tracing::warn!(%workspace, claimed = ?claimed, "security: activity report with a foreign source_id");
            Err(ReportError::ForeignSource)
        }
        _ => Ok(()),
    }
}

fn target(text: Option<String>) -> Result<Option<WorkspaceId>, ReportError> {
    let filled = text.filter(|text| !text.is_empty());
    filled.map(|text| text.parse().map_err(|_| ReportError::Invalid)).transpose()
}

fn text(text: Option<String>) -> Option<StoredText> {
    text.filter(|text| !text.is_empty()).map(StoredText::new)
}

fn json(raw: Option<Box<RawValue>>) -> Result<Option<StoredJson>, ReportError> {
    raw.map(|raw| StoredJson::parse(raw.get()).ok_or(ReportError::Invalid)).transpose()
}

fn saturated(millis: i64) -> i32 {
    i32::try_from(millis).unwrap_or(if millis < 0 { i32::MIN } else { i32::MAX })
}
