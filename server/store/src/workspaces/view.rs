//! What the list and the single read show of a workspace, layout included.

use chrono::{DateTime, Utc};
use serde_json::Value;
use server_types::{WorkspaceId, WorkspaceStatus};
use sqlx::PgExecutor;

use crate::DbError;

/// One workspace as routes show it; NULL text columns read as empty where the contract says so.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "the columns of schema.md 3.1, named as there")]
pub struct Workspace {
    pub id: WorkspaceId,
    pub name: String,
    pub role: Option<String>,
    pub tier: i32,
    pub status: WorkspaceStatus,
    pub url: String,
    pub parent_id: Option<WorkspaceId>,
    pub agent_card: Option<Value>,
    pub active_tasks: i32,
    pub max_concurrent_tasks: i32,
    pub last_error_rate: f64,
    pub last_sample_error: String,
    pub uptime_seconds: i32,
    pub current_task: String,
    pub runtime: String,
    pub workspace_dir: Option<String>,
    pub monthly_spend: i64,
    pub budget_limit: Option<i64>,
    pub x: f64,
    pub y: f64,
    pub collapsed: bool,
    pub delivery_mode: Option<String>,
    pub last_outbound_at: Option<DateTime<Utc>>,
    pub updated_at: Option<DateTime<Utc>>,
}

/// All workspaces that are not removed, oldest first.
///
/// # Errors
/// The database failed.
pub async fn list(db: impl PgExecutor<'_>) -> Result<Vec<Workspace>, DbError> {
    sqlx::query_as!(
        Workspace,
        r#"SELECT w.id, w.name, w.role, COALESCE(w.tier, 1) AS "tier!", w.status AS "status: _",
               COALESCE(w.url, '') AS "url!", w.parent_id AS "parent_id: _", w.agent_card,
               COALESCE(w.active_tasks, 0) AS "active_tasks!", w.max_concurrent_tasks,
               COALESCE(w.last_error_rate, 0) AS "last_error_rate!",
               COALESCE(w.last_sample_error, '') AS "last_sample_error!",
               COALESCE(w.uptime_seconds, 0) AS "uptime_seconds!",
               COALESCE(w.current_task, '') AS "current_task!",
               COALESCE(w.runtime, 'claude-code') AS "runtime!", w.workspace_dir, w.monthly_spend,
               w.budget_limit, COALESCE(l.x, 0) AS "x!", COALESCE(l.y, 0) AS "y!",
               COALESCE(l.collapsed, false) AS "collapsed!", w.delivery_mode, w.last_outbound_at,
               w.updated_at
           FROM workspaces w LEFT JOIN canvas_layouts l ON l.workspace_id = w.id
           WHERE w.status <> $1 ORDER BY w.created_at, w.id"#,
        WorkspaceStatus::Removed as _,
    )
    .fetch_all(db)
    .await
}

/// One workspace, removed ones included.
///
/// # Errors
/// The database failed.
pub async fn get(db: impl PgExecutor<'_>, id: WorkspaceId) -> Result<Option<Workspace>, DbError> {
    sqlx::query_as!(
        Workspace,
        r#"SELECT w.id, w.name, w.role, COALESCE(w.tier, 1) AS "tier!", w.status AS "status: _",
               COALESCE(w.url, '') AS "url!", w.parent_id AS "parent_id: _", w.agent_card,
               COALESCE(w.active_tasks, 0) AS "active_tasks!", w.max_concurrent_tasks,
               COALESCE(w.last_error_rate, 0) AS "last_error_rate!",
               COALESCE(w.last_sample_error, '') AS "last_sample_error!",
               COALESCE(w.uptime_seconds, 0) AS "uptime_seconds!",
               COALESCE(w.current_task, '') AS "current_task!",
               COALESCE(w.runtime, 'claude-code') AS "runtime!", w.workspace_dir, w.monthly_spend,
               w.budget_limit, COALESCE(l.x, 0) AS "x!", COALESCE(l.y, 0) AS "y!",
               COALESCE(l.collapsed, false) AS "collapsed!", w.delivery_mode, w.last_outbound_at,
               w.updated_at
           FROM workspaces w LEFT JOIN canvas_layouts l ON l.workspace_id = w.id
           WHERE w.id = $1"#,
        id.0,
    )
    .fetch_optional(db)
    .await
}
