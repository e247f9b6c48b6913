//! Every endpoint, one file each, grouped by noun.

use axum::Router;
use server_app::App;

/// All routes of the server.
pub fn all() -> Router<App> {
    Router::new()
}
