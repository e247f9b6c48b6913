//! Reads and writes of a delete: who goes along, what is switched off, what a purge erases.

use server_types::{WorkspaceId, WorkspaceStatus};
use sqlx::{PgConnection, PgExecutor};

use crate::{DbError, tokens};

/// A child as the confirmation lists it.
#[derive(Clone, Debug)]
pub struct Child {
    /// The child's id.
    pub id: WorkspaceId,
    /// Its name.
    pub name: String,
}

/// A workspace that a delete takes along.
#[derive(Clone, Debug)]
pub struct Descendant {
    /// Its id.
    pub id: WorkspaceId,
    /// Removed earlier.
    pub removed: bool,
    /// A machine is still on file.
    pub has_machine: bool,
}

/// Direct children that are not removed.
///
/// # Errors
/// The database failed.
pub async fn live_children(db: impl PgExecutor<'_>, id: WorkspaceId) -> Result<Vec<Child>, DbError> {
    sqlx::query_as!(
        Child,
        r#"SELECT id AS "id: _", name FROM workspaces
           WHERE parent_id = $1 AND id <> $1 AND status <> $2 ORDER BY created_at, id"#,
        id.0,
        WorkspaceStatus::Removed as _,
    )
    .fetch_all(db)
    .await
}

/// Everything below `id`, at any depth, deepest first; a parent cycle ends the walk.
///
/// # Errors
/// The database failed.
pub async fn descendants(db: impl PgExecutor<'_>, id: WorkspaceId) -> Result<Vec<Descendant>, DbError> {
    sqlx::query_as!(
        Descendant,
        r#"WITH RECURSIVE below (id, path) AS (
               SELECT id, ARRAY[$1, id] FROM workspaces WHERE parent_id = $1 AND id <> $1
               UNION ALL
               SELECT w.id, below.path || w.id FROM workspaces w JOIN below ON w.parent_id = below.id
               WHERE w.id <> ALL (below.path)
           )
           SELECT w.id AS "id: _", w.status = $2 AS "removed!",
               COALESCE(w.instance_id, '') <> '' AS "has_machine!"
           FROM below JOIN workspaces w ON w.id = below.id
           ORDER BY cardinality(below.path) DESC, w.id"#,
        id.0,
        WorkspaceStatus::Removed as _,
    )
    .fetch_all(db)
    .await
}

/// Switches off what must not outlive the removal: canvas place, live tokens, schedules.
///
/// # Errors
/// The database failed; the caller's transaction is rolled back.
pub async fn switch_off(db: &mut PgConnection, workspaces: &[WorkspaceId]) -> Result<(), DbError> {
    let ids: Vec<_> = workspaces.iter().map(|id| id.0).collect();
    sqlx::query!("DELETE FROM canvas_layouts WHERE workspace_id = ANY($1)", &ids).execute(&mut *db).await?;
    sqlx::query!(
        r#"UPDATE workspace_schedules SET enabled = false, updated_at = now()
           WHERE workspace_id = ANY($1) AND enabled"#,
        &ids
    )
    .execute(&mut *db)
    .await?;
    tokens::revoke_all(&mut *db, workspaces).await?;
    Ok(())
}

/// Erases the rows and all that hangs on them; only `structure_events` keeps the history.
///
/// Children without a cascading key go first, then references from rows that stay, then the rows;
/// the rest of the schema cascades.
///
/// # Errors
/// The database failed; the caller's transaction is rolled back.
pub async fn purge(db: &mut PgConnection, ids: &[WorkspaceId]) -> Result<(), DbError> {
    let ids: Vec<_> = ids.iter().map(|id| id.0).collect();
    sqlx::query!("DELETE FROM agent_memories WHERE workspace_id = ANY($1)", &ids).execute(&mut *db).await?;
    sqlx::query!("DELETE FROM workspace_secrets WHERE workspace_id = ANY($1)", &ids)
        .execute(&mut *db)
        .await?;
    sqlx::query!("DELETE FROM approval_requests WHERE workspace_id = ANY($1)", &ids)
        .execute(&mut *db)
        .await?;
    sqlx::query!("DELETE FROM agents WHERE workspace_id = ANY($1)", &ids).execute(&mut *db).await?;
    sqlx::query!("UPDATE workspaces SET parent_id = NULL WHERE parent_id = ANY($1)", &ids)
        .execute(&mut *db)
        .await?;
    sqlx::query!("UPDATE workspaces SET forwarded_to = NULL WHERE forwarded_to = ANY($1)", &ids)
        .execute(&mut *db)
        .await?;
    sqlx::query!("DELETE FROM workspaces WHERE id = ANY($1)", &ids).execute(&mut *db).await?;
    Ok(())
}
