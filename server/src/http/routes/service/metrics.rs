//! `GET /metrics`: counters in the Prometheus text format.

use axum::{
    extract::State,
    http::{HeaderName, header},
};
use server_app::App;

pub(super) async fn handler(State(app): State<App>) -> ([(HeaderName, &'static str); 1], String) {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], app.metrics.render())
}
