//! `GET` and `PATCH /workspaces/{id}/budget`: the monthly ceiling. Only an administrator sets it: an
//! agent could lift its own (#611).

use axum::{Json, extract::State};
use serde::Serialize;
use serde_json::Value;
use server_app::App;
use server_store::workspaces::budget::{self as rows, Budget};

use crate::http::{
    extract::{AdminAuth, JsonBody, PathId, WorkspaceAuth},
    refusal::Refusal,
};

#[derive(Serialize)]
pub(super) struct Reply {
    budget_limit: Option<i64>,
    monthly_spend: i64,
    budget_remaining: Option<i64>,
}

impl From<Budget> for Reply {
    fn from(budget: Budget) -> Self {
        Self {
            budget_limit: budget.budget_limit,
            monthly_spend: budget.monthly_spend,
            budget_remaining: budget.budget_limit.map(|limit| limit.saturating_sub(budget.monthly_spend)),
        }
    }
}

fn shown(found: Result<Option<Budget>, server_store::DbError>) -> Result<Json<Reply>, Refusal> {
    let budget = found.map_err(|cause| Refusal::internal("query failed", &cause))?;
    Ok(Json(budget.ok_or_else(|| Refusal::not_found("workspace not found"))?.into()))
}

pub(super) async fn get(auth: WorkspaceAuth, State(app): State<App>) -> Result<Json<Reply>, Refusal> {
    shown(rows::budget(&app.store.db, auth.id).await)
}

pub(super) async fn patch(
    _: AdminAuth,
    PathId(id): PathId,
    State(app): State<App>,
    JsonBody(body): JsonBody<serde_json::Map<String, Value>>,
) -> Result<Json<Reply>, Refusal> {
    let limit = parse_limit(body.get("budget_limit")).map_err(Refusal::bad_request)?;
    shown(rows::set_budget(&app.store.db, id, limit).await)
}

fn parse_limit(field: Option<&Value>) -> Result<Option<i64>, &'static str> {
    match field {
        None => Err("budget_limit field is required"),
        Some(Value::Null) => Ok(None),
        Some(value) => match value.as_i64() {
            Some(limit) if limit >= 0 => Ok(Some(limit)),
            Some(_) => Err("budget_limit must be >= 0 (USD cents)"),
            None => Err("budget_limit must be an integer (USD cents) or null"),
        },
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_ceiling_is_a_whole_number_of_cents_or_null() {
        assert_eq!(parse_limit(Some(&json!(0))), Ok(Some(0)));
        assert_eq!(parse_limit(Some(&json!(null))), Ok(None));
        assert_eq!(parse_limit(None), Err("budget_limit field is required"));
        assert_eq!(parse_limit(Some(&json!(-1))), Err("budget_limit must be >= 0 (USD cents)"));
        for other in [json!(1.5), json!("5"), json!([]), json!(u64::MAX)] {
            assert_eq!(parse_limit(Some(&other)), Err("budget_limit must be an integer (USD cents) or null"));
        }
    }
}
