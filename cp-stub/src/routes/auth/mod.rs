//! `/cp/auth/...`: sessions, as browsers and the session verifier ask for them.

pub(super) mod accept_terms;
pub(super) mod login;
pub(super) mod me;
pub(super) mod signup;
pub(super) mod tenant_member;
pub(super) mod terms_status;

use axum::Router;

use crate::stub::Stub;

pub(super) fn routes() -> Router<Stub> {
    Router::new()
        .merge(tenant_member::routes())
        .merge(me::routes())
        .merge(terms_status::routes())
        .merge(accept_terms::routes())
        .merge(login::routes())
        .merge(signup::routes())
}
