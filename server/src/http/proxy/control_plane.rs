//! `/cp/*`: a short list of browser routes of the control plane, with the user's own cookie.
//!
//! Everything off the list is refused here and the upstream never hears of it: relaying a session
//! cookie to its admin routes would make every tenant a hop to all others.

use std::net::SocketAddr;

use axum::{
    Extension, Router,
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode},
    response::{IntoResponse, Response},
    routing::any,
};
use percent_encoding::percent_decode_str;
use server_app::App;

use super::{forward::Forward, plain};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Areas that need something below them, and areas that also answer themselves.
const BELOW: [&str; 3] = ["/cp/auth/", "/cp/billing/", "/cp/legal/"];
const AT_OR_BELOW: [&str; 2] = ["/cp/orgs", "/cp/templates"];

/// How often a path is decoded while looking for dot segments.
const DECODINGS_MAX: usize = 4;

/// The proxy's routes; none where no upstream is configured.
pub fn routes(app: &App) -> Router<App> {
    let Some(upstream) = &app.config.control_plane.upstream_url else { return Router::new() };
    let forward = Forward::new(upstream);
    Router::new().route("/cp/", any(relay)).route("/cp/{*path}", any(relay)).layer(Extension(forward))
}

async fn relay(
    State(app): State<App>,
    Extension(forward): Extension<Forward>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    mut request: Request,
) -> Response {
    if !is_allowed(request.uri().path()) {
        return StatusCode::NOT_FOUND.into_response();
    }
    append_peer(request.headers_mut(), peer);
    forward.send(&app, request).await.unwrap_or_else(|error| {
        tracing::warn!(error = &error as &dyn std::error::Error, "control-plane proxy");
        plain(StatusCode::BAD_GATEWAY, "control plane unavailable")
    })
}

fn append_peer(headers: &mut HeaderMap, peer: SocketAddr) {
    let before = headers.get_all(&FORWARDED_FOR).iter().filter_map(|value| value.to_str().ok());
    let chain: Vec<_> = before.map(str::to_owned).chain([peer.ip().to_canonical().to_string()]).collect();
    if let Ok(value) = HeaderValue::from_str(&chain.join(", ")) {
        headers.insert(FORWARDED_FOR, value);
    }
}

/// Whether the path, as it will be sent, may leave the tenant.
fn is_allowed(path: &str) -> bool {
    let below = |area: &str| path.strip_prefix(area).is_some_and(|rest| !rest.is_empty());
    let at_or_below =
        |area: &str| path.strip_prefix(area).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    (BELOW.iter().any(|area| below(area)) || AT_OR_BELOW.iter().any(|area| at_or_below(area)))
        && !climbs(path)
}

/// True when the path has a dot segment or a hidden separator at any level of encoding: an upstream
/// that normalises would take `/cp/auth/../admin` for `/cp/admin` (D-10).
fn climbs(path: &str) -> bool {
    let separators = path.matches('/').count();
    let mut text = path.to_owned();
    for _ in 0..DECODINGS_MAX {
        let dotted = text.split(['/', '\\']).any(|segment| matches!(segment, "." | ".."));
        if dotted || text.contains('\\') || text.matches('/').count() != separators {
            return true;
        }
        let decoded = percent_decode_str(&text).decode_utf8_lossy().into_owned();
        if decoded == text {
            return false;
        }
        text = decoded;
    }
    true
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_the_listed_areas_leave_the_tenant() {
        for path in [
            "/cp/auth/me",
            "/cp/auth/a/b",
            "/cp/orgs",
            "/cp/orgs/",
            "/cp/orgs/alpha/instance",
            "/cp/billing/checkout",
            "/cp/templates",
            "/cp/templates/x%20y",
            "/cp/legal/terms",
        ] {
            assert!(is_allowed(path), "{path}");
        }
        for path in [
            "/cp/",
            "/cp/auth",
            "/cp/auth/",
            "/cp/authsomething",
            "/cp/orgsabc",
            "/cp/admin/x",
            "/cp/workspaces/provision",
            "/cp/tenants/config",
            "/cp/internal/x",
            "/cp/auth/../admin/x",
            "/cp/auth/%2e%2e/admin/x",
            "/cp/auth/%2E./admin/x",
            "/cp/auth/%252e%252e/admin",
            "/cp/auth/..%2fadmin",
            "/cp/auth/a%2Fb",
            "/cp/auth/a%5c..%5cadmin",
            "/cp/auth/./me",
            "/cp//auth/me",
            "/CP/auth/me",
        ] {
            assert!(!is_allowed(path), "{path}");
        }
    }

    proptest! {
        #[test]
        fn no_allowed_path_normalises_out_of_its_area(tail in "[a-z./%25eEfF2]{0,24}") {
            let path = format!("/cp/auth/{tail}");
            if is_allowed(&path) {
                let url = url::Url::parse(&format!("http://cp{path}")).expect("a url");
                prop_assert!(url.path().starts_with("/cp/auth/"), "{} became {}", path, url.path());
            }
        }
    }
}
