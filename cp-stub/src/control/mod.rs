//! `/__stub/...`: how a harness reads and scripts the stub.
//!
//! These calls are neither logged nor counted nor faulted, and no tenant's proxy lets them through.

mod config;
mod faults;
mod health;
mod instances;
mod members;
mod requests;
mod reset;
mod routes;
mod state;

use axum::Router;

use crate::stub::Stub;

pub(crate) fn router(stub: Stub) -> Router {
    Router::new()
        .merge(health::routes())
        .merge(state::routes())
        .merge(requests::routes())
        .merge(faults::routes())
        .merge(instances::routes())
        .merge(config::routes())
        .merge(members::routes())
        .merge(reset::routes())
        .merge(routes::routes())
        .with_state(stub)
}
