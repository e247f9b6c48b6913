//! `GET /workspaces/{id}`: the public read. A removed workspace is 410, so that its operator learns to
//! make a new one instead of chasing refused calls (#2429).

use axum::{
    Json,
    extract::{Query, State},
    http::StatusCode,
};
use serde::{Deserialize, Serialize};
use server_app::App;
use server_store::workspaces::{Workspace, view as rows};
use server_types::WorkspaceStatus;

use super::view::{Public, rfc3339};
use crate::http::{extract::PathId, refusal::Refusal};

const HINT: &str = "Regenerate: create a new workspace and a new token from the Tokens tab of the canvas, \
                    then update the agent's credentials";

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Params {
    include_removed: String,
}

#[derive(Serialize)]
pub(super) struct Reply {
    #[serde(flatten)]
    public: Public,
    last_outbound_at: Option<String>,
}

pub(super) async fn handler(
    PathId(id): PathId,
    Query(params): Query<Params>,
    State(app): State<App>,
) -> Result<Json<Reply>, Refusal> {
    let row =
        rows::get(&app.store.db, id).await.map_err(|cause| Refusal::internal("query failed", &cause))?;
    let row = row.ok_or_else(|| Refusal::not_found("workspace not found"))?;
    if row.status == WorkspaceStatus::Removed && params.include_removed != "true" {
        return Err(gone(&row));
    }
    let last_outbound_at = row.last_outbound_at.map(rfc3339);
    Ok(Json(Reply { public: Public::of(&app, &row), last_outbound_at }))
}

fn gone(row: &Workspace) -> Refusal {
    Refusal::new(StatusCode::GONE, "workspace removed")
        .with("id", row.id.to_string())
        .with("removed_at", row.updated_at.map(rfc3339))
        .with("hint", HINT)
}

#[cfg(test)]
mod tests {
    use axum::response::IntoResponse;
    use http_body_util::BodyExt;
    use serde_json::{Value, json};

    use super::*;

    fn row(updated_at: Option<chrono::DateTime<chrono::Utc>>) -> Workspace {
        Workspace {
            id: server_types::WorkspaceId(uuid::Uuid::from_u128(1)),
            name: "a".into(),
            role: None,
            tier: 3,
            status: WorkspaceStatus::Removed,
            url: String::new(),
            parent_id: None,
            agent_card: None,
            active_tasks: 0,
            max_concurrent_tasks: 1,
            last_error_rate: 0.0,
            last_sample_error: String::new(),
            uptime_seconds: 0,
            current_task: String::new(),
            runtime: "claude-code".into(),
            workspace_dir: None,
            monthly_spend: 0,
            budget_limit: None,
            x: 0.0,
            y: 0.0,
            collapsed: false,
            delivery_mode: None,
            last_outbound_at: None,
            updated_at,
        }
    }

    async fn body(row: &Workspace) -> Value {
        let bytes = gone(row).into_response().into_body().collect().await.expect("a body").to_bytes();
        serde_json::from_slice(&bytes).expect("JSON")
    }

    /// Ledger: REG-09.
    #[tokio::test]
    async fn an_unknown_removal_time_is_null_and_never_a_zero_time() {
        let shown = body(&row(None)).await;
        assert_eq!(shown.get("removed_at"), Some(&Value::Null));
        assert!(shown["hint"].as_str().expect("text").starts_with("Regenerate"));
        let known = body(&row(chrono::DateTime::from_timestamp(1_700_000_000, 0))).await;
        assert_eq!(known["removed_at"], json!("2023-11-14T22:13:20.000000Z"));
    }
}
