//! `/cp/tenants/...`: what a tenant asks and tells about itself.

pub(super) mod boot_event;
pub(super) mod config;
