//! Operator calls: `/cp/admin/orgs...` and `/cp/admin/tenants/...`. The server makes none of them.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Body of `POST /cp/admin/orgs`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateOrg {
    /// Name in addresses.
    pub slug: String,
    /// Shown name; the slug when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// An org as an operator sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdminOrg {
    /// Org id.
    pub id: String,
    /// Name in addresses.
    pub slug: String,
    /// Life-cycle status of the org.
    pub status: String,
    /// State of the tenant's machine.
    pub instance_status: String,
}

/// Reply of `GET /cp/admin/orgs`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdminOrgList {
    /// All orgs.
    pub orgs: Vec<AdminOrg>,
}

/// Reply of `GET /cp/admin/orgs/{slug}/admin-token`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdminToken {
    /// The tenant's admin token.
    pub admin_token: String,
}

impl fmt::Debug for AdminToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AdminToken(..)")
    }
}

/// Body of `DELETE /cp/admin/tenants/{slug}`: must repeat the slug.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeleteTenant {
    /// The slug again.
    pub confirm: String,
}

/// Body of `POST /cp/admin/tenants/redeploy-fleet`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RedeployFleet {
    /// Image tag to roll out.
    pub target_tag: String,
    /// Tenant that goes first.
    #[serde(default)]
    pub canary_slug: String,
    /// Wait after the canary.
    #[serde(default)]
    pub soak_seconds: u64,
    /// Tenants per wave.
    #[serde(default)]
    pub batch_size: u64,
    /// Only tell what would happen.
    #[serde(default)]
    pub dry_run: bool,
}

/// Reply of `POST /cp/admin/tenants/redeploy-fleet`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RedeployReport {
    /// Whether every remote command succeeded; says nothing about the image that now runs.
    pub ok: bool,
    /// One entry per tenant.
    pub results: Vec<FleetResult>,
}

/// One tenant of a [`RedeployReport`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FleetResult {
    /// The tenant.
    pub slug: String,
    /// `canary` or `batch-<n>`.
    pub phase: String,
    /// Status of the remote command.
    pub ssm_status: String,
    /// Exit code of the remote command.
    pub ssm_exit_code: i32,
    /// Whether the health check answered afterwards.
    pub healthz_ok: bool,
    /// What went wrong; empty when nothing did.
    pub error: String,
}
