//! `PATCH /workspaces/{id}`: a key that is absent stays untouched; all keys or none are applied.
//!
//! The spending ceiling is not among the keys: an agent could lift its own (#611).

use server_store::{
    DbError, layouts,
    workspaces::{Patch, patch as rows},
};
use server_types::WorkspaceId;

use super::fields::{self, FieldRefused};
use crate::App;

/// The keys of the request, checked types; `None` is an absent key.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs, reason = "the keys of the contract, named as there")]
pub struct Changes {
    pub name: Option<String>,
    pub role: Option<Option<String>>,
    pub tier: Option<i32>,
    pub parent_id: Option<Option<WorkspaceId>>,
    pub runtime: Option<String>,
    pub workspace_dir: Option<Option<String>>,
    pub hibernation_idle_minutes: Option<Option<i32>>,
    pub collapsed: Option<bool>,
    pub x: Option<f64>,
    pub y: Option<f64>,
}

/// Why nothing was changed; `Display` is the public text.
#[derive(Debug, thiserror::Error)]
pub enum PatchRefused {
    /// A field breaks its rule.
    #[error(transparent)]
    Field(#[from] FieldRefused),
    /// The directory must not be mounted.
    #[error("invalid workspace directory")]
    Directory,
    /// No such row.
    #[error("workspace not found")]
    NotFound,
    /// The database failed.
    #[error("update failed")]
    Query(#[from] DbError),
}

impl App {
    /// Applies the changes; true when the workspace needs a restart to see them.
    ///
    /// # Errors
    /// See [`PatchRefused`]; nothing was changed then.
    pub async fn patch_workspace(&self, id: WorkspaceId, changes: Changes) -> Result<bool, PatchRefused> {
        check(&changes)?;
        let needs_restart = changes.workspace_dir.is_some();
        let mut transaction = self.store.db.begin().await?;
        let patch = Patch {
            name: changes.name,
            role: changes.role.map(|role| role.filter(|role| !role.is_empty())),
            tier: changes.tier,
            parent_id: changes.parent_id,
            runtime: changes.runtime.map(|runtime| self.runtimes.sanitize(&runtime)),
            workspace_dir: changes.workspace_dir.map(|dir| dir.filter(|dir| !dir.is_empty())),
            hibernation_idle_minutes: changes
                .hibernation_idle_minutes
                .map(|minutes| minutes.filter(|minutes| *minutes > 0)),
        };
        if !rows::patch(&mut *transaction, id, &patch).await? {
            return Err(PatchRefused::NotFound);
        }
        if let (Some(x), Some(y)) = (changes.x, changes.y) {
            layouts::place(&mut *transaction, id, x, y).await?;
        }
        if let Some(collapsed) = changes.collapsed {
            layouts::collapse(&mut *transaction, id, collapsed).await?;
        }
        transaction.commit().await?;
        Ok(needs_restart)
    }
}

fn check(changes: &Changes) -> Result<(), PatchRefused> {
    if let Some(name) = &changes.name {
        fields::name(name)?;
    }
    if let Some(Some(role)) = &changes.role {
        fields::role(role)?;
    }
    if let Some(runtime) = &changes.runtime {
        fields::runtime(runtime)?;
    }
    match changes.workspace_dir.as_ref().and_then(Option::as_deref) {
        Some(dir) if !dir.is_empty() && !fields::is_mountable(dir) => Err(PatchRefused::Directory),
        _ => Ok(()),
    }
}
