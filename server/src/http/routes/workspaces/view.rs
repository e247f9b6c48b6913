//! How a workspace looks on the wire: in full for the list, stripped for the public read.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;
use serde_json::Value;
use server_app::App;
use server_store::workspaces::Workspace;
use server_types::{WorkspaceId, WorkspaceStatus};

/// What everybody may see.
#[derive(Serialize)]
pub(super) struct Public {
    id: WorkspaceId,
    name: String,
    role: Option<String>,
    tier: i32,
    status: WorkspaceStatus,
    url: String,
    parent_id: Option<WorkspaceId>,
    agent_card: Option<Value>,
    active_tasks: i32,
    max_concurrent_tasks: i32,
    last_error_rate: f64,
    uptime_seconds: i32,
    runtime: String,
    x: f64,
    y: f64,
    collapsed: bool,
    delivery_mode: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    provision_timeout_ms: Option<u64>,
}

/// What administrators see beside it: money, errors, work and host paths.
#[derive(Serialize)]
pub(super) struct Full {
    #[serde(flatten)]
    public: Public,
    last_sample_error: String,
    current_task: String,
    workspace_dir: Option<String>,
    monthly_spend: i64,
    budget_limit: Option<i64>,
}

impl Public {
    pub(super) fn of(app: &App, row: &Workspace) -> Self {
        let timeout_secs = app.templates.declared_provision_timeout_secs(&row.runtime);
        Self {
            id: row.id,
            name: row.name.clone(),
            role: row.role.clone(),
            tier: row.tier,
            status: row.status,
            url: row.url.clone(),
            parent_id: row.parent_id,
            agent_card: row.agent_card.clone(),
            active_tasks: row.active_tasks,
            max_concurrent_tasks: row.max_concurrent_tasks,
            last_error_rate: row.last_error_rate,
            uptime_seconds: row.uptime_seconds,
            runtime: row.runtime.clone(),
            x: row.x,
            y: row.y,
            collapsed: row.collapsed,
            delivery_mode: row.delivery_mode.clone(),
            provision_timeout_ms: timeout_secs.map(|secs| u64::from(secs) * 1000),
        }
    }
}

impl Full {
    pub(super) fn of(app: &App, row: &Workspace) -> Self {
        Self {
            public: Public::of(app, row),
            last_sample_error: row.last_sample_error.clone(),
            current_task: row.current_task.clone(),
            workspace_dir: row.workspace_dir.clone(),
            monthly_spend: row.monthly_spend,
            budget_limit: row.budget_limit,
        }
    }
}

/// RFC 3339 in UTC.
pub(super) fn rfc3339(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Micros, true)
}
