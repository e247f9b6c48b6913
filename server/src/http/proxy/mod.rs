//! What is passed on: `/cp/*` to the control plane, unmatched paths to the canvas.
//!
//! Both relay bytes as they come: the path is not normalised on the way (what was judged is what is
//! sent), bodies and answers are streamed, redirects are not followed.

mod canvas;
pub mod control_plane;
mod forward;

use axum::{
    Extension,
    extract::{Request, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use server_app::App;

pub use canvas::Canvas;

/// Marks an answer that no route gave, for the metrics label.
#[derive(Clone, Copy, Debug)]
pub struct Unmatched;

/// Unknown paths, and known ones with a method they do not have: the canvas, or a plain 404.
pub async fn unmatched(
    State(app): State<App>,
    Extension(canvas): Extension<Canvas>,
    request: Request,
) -> Response {
    let mut response = match canvas.relay(&app, request).await {
        Some(response) => response,
        None => plain(StatusCode::NOT_FOUND, "404 page not found"),
    };
    response.extensions_mut().insert(Unmatched);
    response
}

/// A proxy speaks plain text, so that nobody takes its refusal for an answer of the API behind it.
fn plain(status: StatusCode, text: &'static str) -> Response {
    (status, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response()
}
