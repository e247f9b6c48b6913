//! `/cp/billing/...`: only to show that a tenant lets them pass.

pub(super) mod checkout;
pub(super) mod portal;
