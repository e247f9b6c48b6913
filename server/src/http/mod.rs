//! The HTTP edge.
//!
//! | Folder | Holds |
//! |---|---|
//! | `middleware/` | layers every request crosses, outermost first in [`router`] |
//! | `extract/` | proof values: who is calling, typed ids, bounded bodies |
//! | `routes/` | one noun a folder, one endpoint a file |

pub mod extract;
pub mod middleware;
pub mod refusal;
pub mod routes;

use axum::Router;
use server_app::App;

/// The whole server as one service; production and tests call this same function.
pub fn router(app: App) -> Router {
    Router::new().merge(routes::all()).with_state(app)
}
