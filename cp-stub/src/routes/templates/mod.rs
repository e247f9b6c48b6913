//! `/cp/templates/...`: only to show that a tenant lets them pass.

pub(super) mod get;
pub(super) mod list;

use axum::Router;

use crate::stub::Stub;

pub(super) fn routes() -> Router<Stub> {
    Router::new().merge(list::routes()).merge(get::routes())
}
