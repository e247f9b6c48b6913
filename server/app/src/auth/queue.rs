//! Readers of a queued message: its sender, its target, or an administrator.

use server_types::WorkspaceId;
#[cfg(feature = "witness")]
use server_types::seams::{self, Seam};

use super::{Credentials, Refused, lookup};
use crate::App;

/// A reader whose bearer is live; whether the row is theirs is asked next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueueReader {
    /// Org token or `ADMIN_TOKEN`: every row.
    Administrator,
    /// A workspace: rows it sent or receives.
    Workspace(WorkspaceId),
}

impl QueueReader {
    /// Whether the row may be shown; a refusal must look like an unknown id (#2329).
    pub fn may_read(self, caller: Option<WorkspaceId>, target: WorkspaceId) -> bool {
        #[cfg(feature = "witness")]
        if seams::is_open(Seam::A2aQueueOpenToEverybody) {
            return true;
        }
        match self {
            Self::Administrator => true,
            Self::Workspace(reader) => reader == target || Some(reader) == caller,
        }
    }
}

/// Decides who reads, before any row is looked at.
///
/// # Errors
/// 401 for no bearer or a dead one, 503 when the datastore cannot say.
pub async fn authenticate(app: &App, shown: &Credentials) -> Result<QueueReader, Refused> {
    let bearer = shown.bearer.as_ref().ok_or(Refused::MissingCallerToken)?;
    if lookup::is_admin(app, bearer) {
        return Ok(QueueReader::Administrator);
    }
    let unavailable = |error: lookup::LookupError| Refused::unavailable("QueueReader", &error);
    if lookup::org_token(app, bearer).await.map_err(unavailable)?.is_some() {
        return Ok(QueueReader::Administrator);
    }
    let owner = lookup::any_token(app, bearer).await.map_err(unavailable)?;
    owner.map(QueueReader::Workspace).ok_or(Refused::InvalidCallerToken)
}
