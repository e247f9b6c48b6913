//! Counts every answer by method, route template and status.

use std::time::Instant;

use axum::{
    extract::{MatchedPath, Request, State},
    middleware::Next,
    response::Response,
};

use super::Edge;
use crate::http::{proxy::Unmatched, table::colon_form};

/// The label of everything that no route answered.
const UNMATCHED: &str = "unmatched";

/// Measures from here to the answer, refusals of the inner layers included.
pub async fn layer(State(edge): State<Edge>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let method = known(request.method().as_str());
    let route = request.extensions().get::<MatchedPath>().map(|path| colon_form(path.as_str()));
    let response = next.run(request).await;
    let by_route = response.extensions().get::<Unmatched>().is_none();
    let path = route.as_deref().filter(|_| by_route).unwrap_or(UNMATCHED);
    edge.app.metrics.answered(method, path, response.status().as_u16(), started.elapsed());
    response
}

/// Methods are chosen by the caller: unknown ones share one label, so that series stay bounded.
fn known(method: &str) -> &'static str {
    let all = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE"];
    all.into_iter().find(|known| *known == method).unwrap_or("OTHER")
}
