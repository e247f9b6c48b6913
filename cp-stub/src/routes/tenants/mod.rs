//! `/cp/tenants/...`: what a tenant asks and tells about itself.

pub(super) mod boot_event;
pub(super) mod config;

use axum::Router;

use crate::stub::Stub;

pub(super) fn routes() -> Router<Stub> {
    Router::new().merge(config::routes()).merge(boot_event::routes())
}
