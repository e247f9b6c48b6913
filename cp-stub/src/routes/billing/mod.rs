//! `/cp/billing/...`: only to show that a tenant lets them pass.

pub(super) mod checkout;
pub(super) mod portal;

use axum::Router;

use crate::stub::Stub;

pub(super) fn routes() -> Router<Stub> {
    Router::new().merge(checkout::routes()).merge(portal::routes())
}
