//! What the real control plane serves, one file per route.
//!
//! Each route says in [`Route`] which handler it stands for and on which day its shape was the real
//! one's. The real handlers live in `molecule-controlplane`, outside this project; a name there is
//! the route itself together with the client code or incident that pins its shape.

mod admin;
mod auth;
mod billing;
mod legal;
mod orgs;
mod reply;
mod templates;
mod tenants;
mod workspaces;

use axum::{
    Json, Router,
    response::{IntoResponse, Response},
};
use http::{Method, StatusCode, Uri};
use serde::Serialize;
use serde_json::json;

use crate::stub::Stub;

/// Who may call a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthClass {
    /// The shared secret as bearer and the org's admin token.
    Shared,
    /// The tenant's admin token as bearer and its org id.
    Tenant,
    /// The admin API token as bearer.
    Admin,
    /// A session cookie.
    Session,
    /// Anyone.
    Open,
}

/// A route and where its shape comes from.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Route {
    /// HTTP method.
    pub method: &'static str,
    /// Path with `{name}` for a segment.
    pub path: &'static str,
    /// Who may call it.
    pub auth: AuthClass,
    /// The real handler it stands for.
    pub origin: &'static str,
    /// The day on which the shape was the real one's.
    pub dated: &'static str,
}

/// All routes.
pub const ROUTES: &[Route] = &[
    workspaces::provision::ROUTE,
    workspaces::deprovision::ROUTE,
    workspaces::status::ROUTE,
    tenants::config::ROUTE,
    tenants::boot_event::ROUTE,
    admin::console::ROUTE,
    admin::create_org::ROUTE,
    admin::list_orgs::ROUTE,
    admin::admin_token::ROUTE,
    admin::delete_tenant::ROUTE,
    admin::redeploy_fleet::ROUTE,
    auth::tenant_member::ROUTE,
    auth::me::ROUTE,
    auth::terms_status::ROUTE,
    auth::accept_terms::ROUTE,
    auth::login::ROUTE,
    auth::signup::ROUTE,
    orgs::list::ROUTE,
    orgs::get::ROUTE,
    orgs::provision_status::ROUTE,
    orgs::export::ROUTE,
    orgs::instance::ROUTE,
    billing::checkout::ROUTE,
    billing::portal::ROUTE,
    templates::list::ROUTE,
    templates::get::ROUTE,
    legal::terms::ROUTE,
];

/// Marks an answer to a call that no route serves.
#[derive(Clone, Copy)]
pub(crate) struct Unknown;

pub(crate) fn router(stub: Stub) -> Router {
    Router::new()
        .merge(workspaces::routes())
        .merge(tenants::routes())
        .merge(admin::routes())
        .merge(auth::routes())
        .merge(orgs::routes())
        .merge(billing::routes())
        .merge(templates::routes())
        .merge(legal::routes())
        .fallback(unknown)
        .method_not_allowed_fallback(unknown)
        .with_state(stub)
}

/// Strict: what is not built is said aloud, never answered by something that looks like a product.
async fn unknown(method: Method, uri: Uri) -> Response {
    let text = format!("cp-stub: not implemented: {method} {}", uri.path());
    let mut response = (StatusCode::NOT_IMPLEMENTED, Json(json!({ "error": text }))).into_response();
    response.extensions_mut().insert(Unknown);
    response
}

/// One value of a query string.
pub(crate) fn query_value(query: Option<&str>, key: &str) -> Option<String> {
    let url = reqwest::Url::parse(&format!("http://stub/?{}", query?)).ok()?;
    url.query_pairs().find(|(name, _)| name == key).map(|(_, value)| value.into_owned())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_route_names_its_origin_and_a_day_and_stands_once() {
        let mut seen = BTreeSet::new();
        for route in ROUTES {
            assert!(seen.insert((route.method, route.path)), "{} {} twice", route.method, route.path);
            assert!(route.origin.len() > 20, "{}", route.path);
            assert!(chrono::NaiveDate::parse_from_str(route.dated, "%Y-%m-%d").is_ok(), "{}", route.path);
        }
    }
}
