//! `/cp/orgs/...`: orgs as their members see them.

pub(super) mod export;
pub(super) mod get;
pub(super) mod instance;
pub(super) mod list;
pub(super) mod provision_status;
