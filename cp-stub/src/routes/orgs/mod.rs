//! `/cp/orgs/...`: orgs as their members see them.

pub(super) mod export;
pub(super) mod get;
pub(super) mod instance;
pub(super) mod list;
pub(super) mod provision_status;

use axum::Router;

use crate::stub::Stub;

pub(super) fn routes() -> Router<Stub> {
    Router::new()
        .merge(list::routes())
        .merge(get::routes())
        .merge(provision_status::routes())
        .merge(export::routes())
        .merge(instance::routes())
}
