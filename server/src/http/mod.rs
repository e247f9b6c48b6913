//! The HTTP edge.
//!
//! | Folder | Holds |
//! |---|---|
//! | [`table`] | the route table: no route without an auth class |
//! | `middleware/` | layers every request crosses, outermost first in [`router`] |
//! | `extract/` | proof values: who is calling, typed ids, bounded bodies |
//! | `proxy/` | `/cp/*` to the control plane, unmatched paths to the canvas |
//! | `routes/` | one noun a folder, one endpoint a file |

pub mod extract;
pub mod middleware;
pub mod proxy;
pub mod refusal;
pub mod routes;
pub mod table;

use axum::{
    Router,
    http::header::ALLOW,
    middleware::{from_fn, from_fn_with_state, map_response},
    response::Response,
};
use server_app::App;

use middleware::Edge;

/// The whole server as one service; production and tests call this same function.
///
/// The order of the layers is contract (outermost last here): a request that is refused early is
/// still logged, counted and carries the security headers.
pub fn router(app: App) -> Router {
    let (routes, rows) = routes::all().into_parts();
    let edge = Edge::new(app.clone(), rows);
    let layer = |router: Router<App>| {
        router
            .layer(from_fn_with_state(edge.clone(), middleware::tenant_guard::layer))
            .layer(from_fn_with_state(edge.clone(), middleware::rate_limit::layer))
            .layer(from_fn_with_state(edge.clone(), middleware::cors::layer))
            .layer(from_fn(middleware::security_headers::layer))
            .layer(from_fn_with_state(edge.clone(), middleware::metrics::layer))
            .layer(from_fn(middleware::request_log::layer))
    };
    let guarded = routes
        .method_not_allowed_fallback(proxy::unmatched)
        .route_layer(from_fn_with_state(edge.clone(), middleware::authenticate::layer))
        .merge(proxy::control_plane::routes(&app))
        .fallback(proxy::unmatched)
        // Caught here a panic is counted and carries the headers like any other answer.
        .layer(from_fn(middleware::request_log::catch_panic));
    let inner = layer(guarded).layer(axum::Extension(proxy::Canvas::new(&app))).with_state(app);
    Router::new().fallback_service(inner).layer(map_response(hide_methods))
}

/// The router names the methods it knows on a path; a wrong method must look like an unknown path.
/// It does so outside of every layer, hence the service around it.
async fn hide_methods(mut response: Response) -> Response {
    if response.extensions().get::<proxy::Unmatched>().is_some() {
        response.headers_mut().remove(ALLOW);
    }
    response
}
