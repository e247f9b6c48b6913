//! `POST /cp/admin/tenants/redeploy-fleet`: rolls an image out, or says so.
//!
//! Stands for the redeploy handler of molecule-controlplane that the release workflow calls (#2395), 2026-06-14.

use axum::{
    Json, Router,
    body::Bytes,
    extract::State as Ctx,
    response::{IntoResponse, Response},
    routing::post,
};
use http::HeaderMap;
use server_wire::control_plane::{FleetResult, RedeployFleet, RedeployReport};

use crate::{
    auth,
    routes::{AuthClass, Route, reply::invalid_body},
    stub::Stub,
};

/// Origin of the route.
pub(in crate::routes) const ROUTE: Route = Route {
    method: "POST",
    path: "/cp/admin/tenants/redeploy-fleet",
    auth: AuthClass::Admin,
    origin: "molecule-controlplane POST /cp/admin/tenants/redeploy-fleet (#2395, #2398)",
    dated: "2026-06-14",
};

pub(super) fn routes() -> Router<Stub> {
    Router::new().route(ROUTE.path, post(handler))
}

/// Reports success for every tenant and changes no image: the remote command's exit code proves
/// nothing about the image that runs, which is the lie of #2395.
async fn handler(Ctx(stub): Ctx<Stub>, headers: HeaderMap, body: Bytes) -> Response {
    if let Err(unauthorized) = auth::admin(&headers, &stub.config().admin_api_token) {
        return unauthorized.into_response();
    }
    let Ok(order) = serde_json::from_slice::<RedeployFleet>(&body) else { return invalid_body() };
    let state = stub.state();
    let mut slugs: Vec<String> = state.orgs.iter().map(|org| org.slug.clone()).collect();
    slugs.sort_by_key(|slug| *slug != order.canary_slug);
    let batch_size = usize::try_from(order.batch_size.max(1)).unwrap_or(usize::MAX);
    let canaries = usize::from(slugs.first() == Some(&order.canary_slug));
    let results = slugs.into_iter().enumerate().map(|(index, slug)| FleetResult {
        phase: match index.checked_sub(canaries) {
            None => "canary".to_owned(),
            Some(rest) => format!("batch-{}", rest / batch_size + 1),
        },
        slug,
        ssm_status: "Success".into(),
        ssm_exit_code: 0,
        healthz_ok: true,
        error: String::new(),
    });
    Json(RedeployReport { ok: true, results: results.collect() }).into_response()
}
