//! One log line a request, and a panic becomes an answer instead of a broken connection.

use std::{panic::AssertUnwindSafe, time::Instant};

use axum::{
    extract::{MatchedPath, Request},
    http::StatusCode,
    middleware::Next,
    response::{IntoResponse, Response},
};
use futures_util::FutureExt;
use server_app::tasks;

use crate::http::{refusal::Refusal, table::colon_form};

/// Logs method, route, status and time. Never the path as sent, a query or a header: they carry
/// ids and credentials.
pub async fn layer(request: Request, next: Next) -> Response {
    let started = Instant::now();
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map(|path| colon_form(path.as_str()));
    let response = catch_panic(request, next).await;
    let status = response.status().as_u16();
    let took_ms = started.elapsed().as_millis();
    tracing::info!(target: "request", "{method} {} {status} {took_ms}ms", route.as_deref().unwrap_or("unmatched"));
    response
}

/// A panic further in becomes 500 with the usual body; its text goes to the log.
pub async fn catch_panic(request: Request, next: Next) -> Response {
    AssertUnwindSafe(next.run(request)).catch_unwind().await.unwrap_or_else(|panic| {
        let (text, backtrace) = (tasks::panic_text(panic.as_ref()), tasks::take_backtrace());
        tracing::error!("request: PANIC recovered: {text}\n{backtrace}");
        Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "internal server error").into_response()
    })
}
