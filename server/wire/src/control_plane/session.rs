//! Sessions and orgs as a browser sees them: `/cp/auth/...` and `/cp/orgs/...`.
//!
//! The server itself asks only [`TENANT_MEMBER_PATH`]; the rest passes through its proxy.

use serde::{Deserialize, Serialize};

/// Path of the membership question.
pub const TENANT_MEMBER_PATH: &str = "/cp/auth/tenant-member";
/// Path of "who am I".
pub const ME_PATH: &str = "/cp/auth/me";
/// `User-Agent` of the session verifier.
pub const SESSION_VERIFIER_AGENT: &str = "molecule-tenant-platform/session-verifier";

/// Reply of [`TENANT_MEMBER_PATH`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TenantMember {
    /// Whether the session's user belongs to the asked tenant.
    pub member: bool,
    /// The user; empty when there is none.
    #[serde(default)]
    pub user_id: String,
}

impl TenantMember {
    /// True only for a 200 that confirms a membership and names the user. A mere login is not enough.
    #[must_use]
    pub fn confirms(status: u16, body: &[u8]) -> bool {
        status == 200
            && serde_json::from_slice::<Self>(body)
                .is_ok_and(|reply| reply.member && !reply.user_id.is_empty())
    }
}

/// Reply of [`ME_PATH`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Me {
    /// The user.
    pub user_id: String,
    /// The user's org.
    pub org_id: String,
    /// The user's address.
    pub email: String,
}

/// Reply of `GET /cp/auth/terms-status`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TermsStatus {
    /// Whether the current terms were accepted.
    pub accepted: bool,
    /// Version of the current terms.
    pub version: String,
}

/// An org as `GET /cp/orgs` lists it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Org {
    /// Org id.
    pub id: String,
    /// Name in addresses.
    pub slug: String,
    /// Shown name.
    pub name: String,
    /// Billing plan.
    pub plan: String,
    /// Life-cycle status.
    pub status: String,
    /// RFC 3339.
    pub created_at: String,
    /// RFC 3339.
    pub updated_at: String,
}

/// Reply of `GET /cp/orgs/{slug}/instance`: where the production edge routes a tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrgInstance {
    /// Name in addresses.
    pub slug: String,
    /// Life-cycle status.
    pub status: String,
    /// Address of the tenant's machine.
    pub ip: String,
    /// Region of the tenant's machine.
    pub region: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_counts_only_when_the_control_plane_confirms_member_and_user() {
        assert!(TenantMember::confirms(200, br#"{"member":true,"user_id":"u1"}"#));
        for (status, body) in [
            (200, r#"{"member":false,"user_id":"u1"}"#),
            (200, r#"{"member":true,"user_id":""}"#),
            (200, r#"{"member":true}"#),
            (200, r#"{"member":"true","user_id":"u1"}"#),
            (200, "<html>"),
            (401, r#"{"member":true,"user_id":"u1"}"#),
        ] {
            assert!(!TenantMember::confirms(status, body.as_bytes()), "{status} {body}");
        }
    }
}
