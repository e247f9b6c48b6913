//! `/cp/admin/...`: operator calls, and the console.

pub(super) mod admin_token;
pub(super) mod console;
pub(super) mod create_org;
pub(super) mod delete_tenant;
pub(super) mod list_orgs;
pub(super) mod redeploy_fleet;
