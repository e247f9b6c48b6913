//! `/cp/legal/...`: only to show that a tenant lets it pass.

pub(super) mod terms;

use axum::Router;

use crate::stub::Stub;

pub(super) fn routes() -> Router<Stub> {
    Router::new().merge(terms::routes())
}
