//! One heartbeat: what it reports is stored, what stood there before is returned.

use server_types::{WorkspaceId, WorkspaceStatus};
use sqlx::PgExecutor;

use crate::DbError;

/// What an agent reports.
#[derive(Clone, Debug)]
pub struct Beat<'a> {
    /// Who beats.
    pub id: WorkspaceId,
    /// Share of failed calls, 0 to 1.
    pub error_rate: f64,
    /// One of the errors.
    pub sample_error: &'a str,
    /// Tasks running.
    pub active_tasks: i32,
    /// Seconds since the agent's start.
    pub uptime_seconds: i32,
    /// What it works on.
    pub current_task: &'a str,
    /// USD cents this month; `None` leaves the column alone.
    pub monthly_spend: Option<i64>,
}

/// The row around the beat.
#[derive(Clone, Debug)]
pub struct Beaten {
    /// Status before any transition this beat may cause.
    pub status: WorkspaceStatus,
    /// The task reported by the beat before.
    pub previous_task: String,
    /// Tasks that may run at once.
    pub max_concurrent_tasks: i32,
}

/// Stores the beat; `None` when there is no such live row.
///
/// # Errors
/// The database failed.
pub async fn beat(db: impl PgExecutor<'_>, beat: &Beat<'_>) -> Result<Option<Beaten>, DbError> {
    sqlx::query_as!(
        Beaten,
        r#"UPDATE workspaces w SET last_heartbeat_at = now(), updated_at = now(), last_error_rate = $3,
               last_sample_error = $4, active_tasks = $5, uptime_seconds = $6, current_task = $7,
               monthly_spend = COALESCE($8, w.monthly_spend)
           FROM (SELECT id, current_task FROM workspaces WHERE id = $1 FOR UPDATE) old
           WHERE w.id = old.id AND w.status <> $2
           RETURNING w.status AS "status: WorkspaceStatus",
               COALESCE(old.current_task, '') AS "previous_task!", w.max_concurrent_tasks"#,
        beat.id.0,
        WorkspaceStatus::Removed as _,
        beat.error_rate,
        beat.sample_error,
        beat.active_tasks,
        beat.uptime_seconds,
        beat.current_task,
        beat.monthly_spend,
    )
    .fetch_optional(db)
    .await
}
