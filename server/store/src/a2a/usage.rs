//! `workspace_token_usage`: what the models behind an agent consumed, by UTC day.

use server_types::WorkspaceId;
use sqlx::PgExecutor;

/// Adds one call to the account of today.
///
/// # Errors
/// Any database error.
pub async fn add(
    db: impl PgExecutor<'_>,
    workspace: WorkspaceId,
    input_tokens: i64,
    output_tokens: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"INSERT INTO workspace_token_usage AS usage
               (workspace_id, period_start, input_tokens, output_tokens, call_count)
           VALUES ($1, date_trunc('day', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC', $2, $3, 1)
           ON CONFLICT (workspace_id, period_start) DO UPDATE
           SET input_tokens = usage.input_tokens + EXCLUDED.input_tokens,
               output_tokens = usage.output_tokens + EXCLUDED.output_tokens,
               call_count = usage.call_count + 1,
               updated_at = now()"#,
        workspace.0,
        input_tokens,
        output_tokens,
    )
    .execute(db)
    .await
    .map(drop)
}
