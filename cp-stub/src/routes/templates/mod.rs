//! `/cp/templates/...`: only to show that a tenant lets them pass.

pub(super) mod get;
pub(super) mod list;
