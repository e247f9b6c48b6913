//! Who is calling, and what that allows. One rule a file, one predicate for stored tokens.
//!
//! Reading order: [`credentials`] (what the request shows), [`Caller`] (who that turned out to be),
//! [`Refused`] (why not), then the rules: [`admin`], [`workspace`], [`canvas`], [`registry`],
//! [`discovery`], [`a2a`], [`queue`], [`socket`], [`inner_gate`], [`test_token`].
//!
//! A datastore failure is never "invalid token": rules that protect data answer "try again" (503),
//! rules that protect liveness let the call through and say so in the log.

pub mod a2a;
pub mod admin;
mod admin_token;
pub mod canvas;
mod credentials;
pub mod discovery;
pub mod inner_gate;
mod lookup;
pub mod minted;
pub mod queue;
mod refused;
pub mod registry;
pub mod socket;
pub mod test_token;
pub mod workspace;

use server_store::org_tokens::LiveOrgToken;
use server_types::WorkspaceId;

pub use admin_token::AdminToken;
pub use credentials::{CallerClaim, Credentials, same_origin_canvas};
pub use minted::Minted;
pub use refused::Refused;

/// Who passed, and by which rule; audit labels derive from this and from nothing else (D-15).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Caller {
    /// `ADMIN_TOKEN`.
    Admin,
    /// An organisation API token.
    OrgToken(LiveOrgToken),
    /// A workspace token.
    Workspace(WorkspaceId),
    /// A control-plane session cookie.
    Session,
    /// The canvas page on this host, by its headers.
    SameOriginCanvas,
    /// Development without an admin token.
    DevOpen,
    /// A fresh install without any credential.
    Bootstrap,
}

impl Caller {
    /// How the caller is named in audit columns.
    pub fn audit_label(&self) -> Option<String> {
        match self {
            Self::Admin => Some("admin-token".into()),
            Self::OrgToken(token) => Some(format!("org-token:{}", token.prefix)),
            Self::Session => Some("session".into()),
            Self::Workspace(_) | Self::SameOriginCanvas | Self::DevOpen | Self::Bootstrap => None,
        }
    }

    /// The organisation a minting token hands on.
    pub fn org_id(&self) -> Option<WorkspaceId> {
        match self {
            Self::OrgToken(token) => token.org_id,
            _ => None,
        }
    }
}
