//! `POST /cp/admin/tenants/redeploy-fleet`: rolls an image out, or says so.
//!
//! Stands for the redeploy handler of molecule-controlplane that the release workflow calls (#2395), 2026-06-14.

use axum::{Json, body::Bytes, extract::State as Ctx};
use server_wire::control_plane::{FleetResult, RedeployFleet, RedeployReport};

use crate::{
    auth::Operator,
    reply::{INVALID_BODY, Refusal},
    routes::{AuthClass, Route},
    stub::Stub,
};

pub(in crate::routes) const ROUTE: Route =
    Route::post("/cp/admin/tenants/redeploy-fleet", AuthClass::Admin, "#2395, #2398", "2026-06-14");

/// Reports success for every tenant and changes no image: the remote command's exit code proves
/// nothing about the image that runs, which is the lie of #2395.
pub(in crate::routes) async fn handler(
    _: Operator,
    Ctx(stub): Ctx<Stub>,
    body: Bytes,
) -> Result<Json<RedeployReport>, Refusal> {
    let order: RedeployFleet = serde_json::from_slice(&body).map_err(|_| INVALID_BODY)?;
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
    Ok(Json(RedeployReport { ok: true, results: results.collect() }))
}
