//! The control plane: who starts machines for workspaces, holds tenant configuration and knows sessions.
//!
//! One file per call, each with its path, request, reply and `decode`. A `decode` takes what the
//! client really has, a status and the bytes it read under the cap, and never lets those bytes reach
//! an error text beyond what the contract allows: a body can echo a bearer or name a machine type.
//!
//! Contract of 2026-06-14 (the day the 201 rule was pinned, #2873).

mod admin;
mod boot_event;
mod config;
mod console;
mod deprovision;
mod failure;
mod provision;
mod session;
mod status;

pub use admin::{
    AdminOrg, AdminOrgList, AdminToken, CreateOrg, DeleteTenant, FleetResult, RedeployFleet, RedeployReport,
};
pub use boot_event::{BOOT_EVENT_PATH, BootEvent, BootEventAck};
pub use config::{CONFIG_BYTES_MAX, CONFIG_PATH, CONFIG_VALUE_BYTES_MAX, ConfigRefused, TenantConfig};
pub use console::{CONSOLE_BYTES_MAX, Console, ConsoleRefused, console_path};
pub use deprovision::{STOP_EXCERPT_BYTES_MAX, StopRefused, decode_stop, deprovision_path};
pub use failure::{FAILURE_BYTES_MAX, failure_text};
pub use provision::{
    PROVISION_BYTES_MAX, PROVISION_PATH, ProvisionRefused, ProvisionReply, ProvisionRequest, Provisioned,
};
pub use session::{
    ME_PATH, Me, Org, OrgInstance, SESSION_VERIFIER_AGENT, TENANT_MEMBER_PATH, TenantMember, TermsStatus,
};
pub use status::{InstanceState, StatusReply, StatusUnclear, status_path};

/// Header with the tenant's own admin token, the second factor of workspace and admin calls.
pub const ADMIN_TOKEN_HEADER: &str = "x-molecule-admin-token";
/// Header that names the org a tenant speaks for.
pub const ORG_ID_HEADER: &str = "x-molecule-org-id";
/// Longest a control-plane call may take, in seconds.
pub const CLIENT_TIMEOUT_SECS: u64 = 120;
/// Query key with the machine id on stop and status.
pub const INSTANCE_ID_QUERY: &str = "instance_id";
