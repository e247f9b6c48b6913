//! `/cp/workspaces/...`: machines of workspaces, called by tenants.

pub(super) mod deprovision;
pub(super) mod provision;
pub(super) mod status;

use axum::Router;

use crate::stub::Stub;

pub(super) fn routes() -> Router<Stub> {
    Router::new().merge(provision::routes()).merge(deprovision::routes()).merge(status::routes())
}
