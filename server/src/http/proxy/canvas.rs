//! The canvas behind every path that no route answers.

use axum::{
    extract::Request,
    http::{StatusCode, header},
    response::Response,
};
use server_app::App;

use super::{forward::Forward, plain};

/// The canvas, where one is configured.
#[derive(Clone)]
pub struct Canvas(Option<Forward>);

impl Canvas {
    /// Relays to `CANVAS_PROXY_URL`, or to nothing.
    pub fn new(app: &App) -> Self {
        Self(app.config.canvas_proxy_url.as_ref().map(Forward::new))
    }

    /// The canvas's answer; `None` where there is no canvas.
    ///
    /// Credentials stay here: the canvas process has no use for them and could echo them (#451).
    pub(super) async fn relay(&self, app: &App, mut request: Request) -> Option<Response> {
        let forward = self.0.as_ref()?;
        request.headers_mut().remove(header::AUTHORIZATION);
        request.headers_mut().remove(header::COOKIE);
        let answer = forward.send(app, request).await;
        Some(answer.unwrap_or_else(|error| {
            tracing::warn!(error = &error as &dyn std::error::Error, "canvas proxy");
            plain(StatusCode::BAD_GATEWAY, "canvas unavailable")
        }))
    }
}
