//! The tree of workspaces: lines of ancestors, and the neighbours of a node.

use std::collections::HashMap;

use serde_json::Value;
use server_types::{WorkspaceId, WorkspaceStatus, limits::HIERARCHY_STEPS_MAX};
use sqlx::PgExecutor;
use uuid::Uuid;

use crate::DbError;

/// A workspace and its ancestors, nearest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lineage {
    /// The workspace itself.
    pub id: WorkspaceId,
    /// Parent, grandparent, …: at most [`HIERARCHY_STEPS_MAX`].
    pub ancestors: Vec<WorkspaceId>,
    /// The walk was cut: there are more ancestors than the limit, so the data has a cycle.
    pub cut: bool,
}

/// The lineages of `ids`; a missing row has none.
///
/// # Errors
/// The database failed.
pub async fn lineages(
    db: impl PgExecutor<'_>,
    ids: &[WorkspaceId],
) -> Result<HashMap<WorkspaceId, Lineage>, DbError> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let most = i32::try_from(HIERARCHY_STEPS_MAX).unwrap_or(i32::MAX);
    let rows = sqlx::query!(
        r#"WITH RECURSIVE line (origin, parent_id, step) AS (
               SELECT id, parent_id, 0 FROM workspaces WHERE id = ANY($1)
               UNION ALL
               SELECT line.origin, w.parent_id, line.step + 1
               FROM line JOIN workspaces w ON w.id = line.parent_id WHERE line.step < $2
           )
           SELECT origin AS "origin!: WorkspaceId", parent_id AS "parent_id: WorkspaceId", step AS "step!"
           FROM line ORDER BY origin, step"#,
        &ids,
        most
    )
    .fetch_all(db)
    .await?;
    let mut lineages: HashMap<WorkspaceId, Lineage> = HashMap::new();
    for row in rows {
        let lineage = lineages.entry(row.origin).or_insert_with(|| Lineage {
            id: row.origin,
            ancestors: Vec::new(),
            cut: false,
        });
        match row.parent_id {
            Some(_) if lineage.ancestors.len() == HIERARCHY_STEPS_MAX => lineage.cut = true,
            Some(parent) => lineage.ancestors.push(parent),
            None => {}
        }
    }
    Ok(lineages)
}

/// A neighbour as the peers list shows it.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "the columns of schema.md 3.1, named as there")]
pub struct Peer {
    pub id: WorkspaceId,
    pub name: String,
    pub role: Option<String>,
    pub tier: i32,
    pub status: WorkspaceStatus,
    pub url: String,
    pub parent_id: Option<WorkspaceId>,
    pub agent_card: Option<Value>,
    pub active_tasks: i32,
}

/// Siblings, then children, then the parent; without removed rows and without the node itself.
///
/// # Errors
/// The database failed: that is not the same as having no peers.
pub async fn peers(db: impl PgExecutor<'_>, id: WorkspaceId) -> Result<Vec<Peer>, DbError> {
    sqlx::query_as!(
        Peer,
        r#"SELECT w.id AS "id: _", w.name, w.role, COALESCE(w.tier, 1) AS "tier!", w.status AS "status: _",
               COALESCE(w.url, '') AS "url!", w.parent_id AS "parent_id: _", w.agent_card,
               COALESCE(w.active_tasks, 0) AS "active_tasks!"
           FROM workspaces me JOIN workspaces w
               ON w.parent_id IS NOT DISTINCT FROM me.parent_id OR w.parent_id = me.id OR w.id = me.parent_id
           WHERE me.id = $1 AND w.id <> me.id AND w.status <> $2
           ORDER BY CASE WHEN w.parent_id IS NOT DISTINCT FROM me.parent_id THEN 0
                         WHEN w.parent_id = me.id THEN 1 ELSE 2 END, w.created_at, w.id"#,
        id.0,
        WorkspaceStatus::Removed as _
    )
    .fetch_all(db)
    .await
}
