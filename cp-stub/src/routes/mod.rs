//! What the real control plane serves, one file per route; [`route`] says what a route is.
//!
//! Each file has the route's [`Route`] and its handler; [`ROUTES`] and the router are made from one table.

mod admin;
mod auth;
mod billing;
mod legal;
mod orgs;
mod route;
mod templates;
mod tenants;
mod workspaces;

use axum::{
    Json, Router,
    response::{IntoResponse, Response},
};
use http::{Method, StatusCode, Uri};
use serde_json::json;

use crate::stub::Stub;

pub use route::{AuthClass, Route};

/// A table of files, as the list of their routes and as the router that serves them.
macro_rules! serve {
    ($($area:ident::$file:ident,)*) => {
        /// All routes.
        pub const ROUTES: &[Route] = &[$($area::$file::ROUTE,)*];

        fn served() -> Router<Stub> {
            Router::new()$(.merge($area::$file::ROUTE.to($area::$file::handler)))*
        }
    };
}

serve! {
    workspaces::provision,
    workspaces::deprovision,
    workspaces::status,
    tenants::config,
    tenants::boot_event,
    admin::console,
    admin::create_org,
    admin::list_orgs,
    admin::admin_token,
    admin::delete_tenant,
    admin::redeploy_fleet,
    auth::tenant_member,
    auth::me,
    auth::terms_status,
    auth::accept_terms,
    auth::login,
    auth::signup,
    orgs::list,
    orgs::get,
    orgs::provision_status,
    orgs::export,
    orgs::instance,
    billing::checkout,
    billing::portal,
    templates::list,
    templates::get,
    legal::terms,
}

/// Marks an answer to a call that no route serves.
#[derive(Clone, Copy)]
pub(crate) struct Unknown;

pub(crate) fn router(stub: Stub) -> Router {
    served().fallback(unknown).method_not_allowed_fallback(unknown).with_state(stub)
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
            assert!(!route.origin().ends_with("()"), "{}", route.path);
            assert!(chrono::NaiveDate::parse_from_str(route.dated, "%Y-%m-%d").is_ok(), "{}", route.path);
        }
    }
}
