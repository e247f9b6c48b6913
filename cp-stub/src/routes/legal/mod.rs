//! `/cp/legal/...`: only to show that a tenant lets it pass.

pub(super) mod terms;
