//! The upsert of a registration. It writes a status, so its guard comes from the status machine.

use serde_json::Value;
use server_types::{DeliveryMode, Trigger, WorkspaceId, WorkspaceStatus};
use sqlx::PgExecutor;

use crate::DbError;

/// A registration that passed every check.
#[derive(Clone, Debug)]
pub struct Registration<'a> {
    /// Who registers.
    pub id: WorkspaceId,
    /// Checked URL; empty for a poller without one.
    pub url: &'a str,
    /// The agent's card, any JSON.
    pub agent_card: &'a Value,
    /// The resolved mode.
    pub delivery_mode: DeliveryMode,
    /// Keep a stored loopback URL: the local provisioner published the container's port there, and
    /// the agent inside cannot know it.
    pub keep_loopback_url: bool,
}

/// The row after the upsert.
#[derive(Clone, Debug)]
pub struct Registered {
    /// The stored URL.
    pub url: String,
}

/// Inserts or updates the row as online; `None` when the row is removed.
///
/// # Errors
/// The database failed.
pub async fn register(
    db: impl PgExecutor<'_>,
    registration: &Registration<'_>,
) -> Result<Option<Registered>, DbError> {
    sqlx::query_as!(
        Registered,
        r#"INSERT INTO workspaces AS w (id, name, url, agent_card, delivery_mode, status, last_heartbeat_at)
           VALUES ($1, $2, $3, $4, $5, $6, now())
           ON CONFLICT (id) DO UPDATE SET
               agent_card = EXCLUDED.agent_card,
               delivery_mode = EXCLUDED.delivery_mode,
               status = EXCLUDED.status,
               url = CASE WHEN $8 AND starts_with(COALESCE(w.url, ''), 'http://127.0.0.1')
                          THEN w.url ELSE EXCLUDED.url END,
               last_heartbeat_at = now(),
               updated_at = now()
           WHERE w.status = ANY($7)
           RETURNING COALESCE(url, '') AS "url!""#,
        registration.id.0,
        registration.id.to_string(),
        registration.url,
        registration.agent_card,
        registration.delivery_mode.as_str(),
        Trigger::Registered.target() as _,
        Trigger::Registered.sources() as Vec<WorkspaceStatus>,
        registration.keep_loopback_url,
    )
    .fetch_optional(db)
    .await
}

/// Stores a new card; false when there is no such live row.
///
/// # Errors
/// The database failed.
pub async fn update_card(
    db: impl PgExecutor<'_>,
    id: WorkspaceId,
    agent_card: &Value,
) -> Result<bool, DbError> {
    let done = sqlx::query!(
        "UPDATE workspaces SET agent_card = $2, updated_at = now() WHERE id = $1 AND status <> $3",
        id.0,
        agent_card,
        WorkspaceStatus::Removed as _,
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() > 0)
}
