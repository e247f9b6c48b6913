//! `/cp/admin/...`: operator calls, and the console.

pub(super) mod admin_token;
pub(super) mod console;
pub(super) mod create_org;
pub(super) mod delete_tenant;
pub(super) mod list_orgs;
pub(super) mod redeploy_fleet;

use axum::Router;

use crate::stub::Stub;

pub(super) fn routes() -> Router<Stub> {
    Router::new()
        .merge(console::routes())
        .merge(create_org::routes())
        .merge(list_orgs::routes())
        .merge(admin_token::routes())
        .merge(delete_tenant::routes())
        .merge(redeploy_fleet::routes())
}
