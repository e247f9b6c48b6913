//! Why a caller is refused, with the one public text each reason has.

/// A refusal by an authentication rule. `Display` is the public text; the cause was logged where it
/// was found and is not part of the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The lookup failed; nothing is known about the credential (D-13).
    #[error("platform datastore unavailable — retry shortly")]
    Unavailable,
    /// A rule that fails closed could not be checked.
    #[error("auth check failed")]
    CheckFailed,
    /// A workspace route without credential.
    #[error("missing workspace auth token")]
    MissingWorkspaceToken,
    /// A bearer that is not good for this workspace.
    #[error("invalid workspace auth token")]
    InvalidWorkspaceToken,
    /// An admin route without credential.
    #[error("admin auth required")]
    AdminRequired,
    /// A bearer that is not good for admin routes.
    #[error("invalid admin auth token")]
    InvalidAdminToken,
    /// A session cookie that the control plane does not vouch for.
    #[error("invalid session")]
    InvalidSession,
    /// A caller with tokens that shows none.
    #[error("missing caller auth token")]
    MissingCallerToken,
    /// A bearer that is not the claimed caller's.
    #[error("invalid caller auth token")]
    InvalidCallerToken,
    /// `X-Workspace-ID` is forged or malformed.
    #[error("invalid caller ID")]
    InvalidCallerId,
    /// The route does not exist here.
    #[error("not found")]
    NotFound,
}

impl server_types::PublicText for Refused {}

impl Refused {
    /// Notes a failed lookup where it happened and answers "try again".
    pub(super) fn unavailable(site: &'static str, error: &(dyn std::error::Error + 'static)) -> Self {
        tracing::error!(error, site, "credential lookup failed");
        Self::Unavailable
    }

    /// Notes a failed lookup where the rule fails closed.
    pub(super) fn check_failed(site: &'static str, error: &(dyn std::error::Error + 'static)) -> Self {
        tracing::error!(error, site, "credential lookup failed");
        Self::CheckFailed
    }
}
