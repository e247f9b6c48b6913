//! Where a workspace stands on the canvas.

use server_types::WorkspaceId;
use sqlx::PgExecutor;

use crate::DbError;

/// Places the workspace.
///
/// # Errors
/// The database failed.
pub async fn place(db: impl PgExecutor<'_>, id: WorkspaceId, x: f64, y: f64) -> Result<(), DbError> {
    sqlx::query!(
        r#"INSERT INTO canvas_layouts (workspace_id, x, y) VALUES ($1, $2, $3)
           ON CONFLICT (workspace_id) DO UPDATE SET x = EXCLUDED.x, y = EXCLUDED.y"#,
        id.0,
        x,
        y
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Folds or unfolds the workspace's children.
///
/// # Errors
/// The database failed.
pub async fn collapse(db: impl PgExecutor<'_>, id: WorkspaceId, collapsed: bool) -> Result<(), DbError> {
    sqlx::query!(
        r#"INSERT INTO canvas_layouts (workspace_id, collapsed) VALUES ($1, $2)
           ON CONFLICT (workspace_id) DO UPDATE SET collapsed = EXCLUDED.collapsed"#,
        id.0,
        collapsed
    )
    .execute(db)
    .await?;
    Ok(())
}
