//! Who sends an A2A message: the header claims, the bearer proves.

use server_types::WorkspaceId;
#[cfg(feature = "witness")]
use server_types::seams::{self, Seam};

use super::{CallerClaim, Credentials, Refused, lookup};
use crate::App;

/// The sender as far as it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sender {
    /// No workspace: the user in the canvas, an administrator, an integration.
    Canvas,
    /// A workspace, claimed or derived from its token.
    Workspace(WorkspaceId),
}

impl Sender {
    /// What `activity_logs.source_id` becomes.
    pub fn workspace(self) -> Option<WorkspaceId> {
        match self {
            Self::Canvas => None,
            Self::Workspace(id) => Some(id),
        }
    }
}

/// Finds the sender of a message to `target` and proves a claimed one.
///
/// # Errors
/// 403 for a forged header, 401 when a claimed sender's token is missing or someone else's.
pub async fn authenticate(
    app: &App,
    shown: &Credentials,
    claim: CallerClaim,
    target: WorkspaceId,
) -> Result<Sender, Refused> {
    let sender = match claim {
        CallerClaim::Workspace(id) => Sender::Workspace(id),
        CallerClaim::Absent => derive(app, shown).await,
    };
    match sender {
        Sender::Workspace(caller) if caller != target => prove(app, shown, caller).await?,
        Sender::Workspace(_) | Sender::Canvas => {}
    }
    Ok(sender)
}

/// Without a header the token's owner is the sender; whatever cannot be resolved is canvas class.
async fn derive(app: &App, shown: &Credentials) -> Sender {
    #[cfg(feature = "witness")]
    if seams::is_open(Seam::A2aCallerByHeaderOnly) {
        return Sender::Canvas;
    }
    let Some(bearer) = &shown.bearer else { return Sender::Canvas };
    // The administrator's token is nobody's: no need to look for an owner.
    if lookup::is_admin(app, bearer) {
        return Sender::Canvas;
    }
    let owner = lookup::owner(app, bearer).await.unwrap_or_else(|error| {
        tracing::warn!(%error, "A2A caller not derived");
        None
    });
    owner.map_or(Sender::Canvas, Sender::Workspace)
}

/// The caller token rule, shared with schedule health: a caller with tokens must show one of its own.
///
/// # Errors
/// 401; a failed count lets the call through.
pub async fn prove(app: &App, shown: &Credentials, caller: WorkspaceId) -> Result<(), Refused> {
    let has_token = match lookup::standing(app, caller).await {
        Ok(standing) => standing.has_live_token,
        Err(error) => {
            tracing::warn!(%error, %caller, "A2A caller unchecked, letting through");
            return Ok(());
        }
    };
    if !has_token {
        return Ok(());
    }
    let bearer = shown.bearer.as_ref().ok_or(Refused::MissingCallerToken)?;
    let own = lookup::is_token_of(app, bearer, caller)
        .await
        .map_err(|error| Refused::unavailable("A2ACaller", &error))?;
    own.then_some(()).ok_or(Refused::InvalidCallerToken)
}
