//! A tenant answers its own organisation only; to everybody else it does not exist.
//!
//! The refusal is an empty 404: neither status, body nor type tells that a tenant lives here.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, StatusCode},
    middleware::Next,
    response::{IntoResponse, Response},
};
use server_app::auth::same_origin_canvas;
#[cfg(feature = "witness")]
use server_types::seams::{self, Seam};

use super::Edge;

/// Exactly these paths answer without an organisation. `/buildinfo` was forgotten once and every
/// redeploy check then read an empty build (#2395); machines register before they know their org.
const OPEN: [&str; 5] = ["/health", "/metrics", "/buildinfo", "/registry/register", "/registry/heartbeat"];

const ORG_HEADER: &str = "x-molecule-org-id";
const REPLAY_HEADER: &str = "fly-replay-src";

/// Lets a request in when it shows this tenant's organisation in one of the accepted ways.
pub async fn layer(State(edge): State<Edge>, request: Request, next: Next) -> Response {
    let config = &edge.app.config;
    let Some(org) = &config.org_id else { return next.run(request).await };
    let (path, headers) = (request.uri().path(), request.headers());
    let passes = is_open(path)
        || path.starts_with("/cp/")
        || names_org(headers, org)
        || replayed_for(headers, org)
        || same_origin_canvas(headers, config);
    if passes { next.run(request).await } else { StatusCode::NOT_FOUND.into_response() }
}

#[cfg(not(feature = "witness"))]
fn is_open(path: &str) -> bool {
    OPEN.contains(&path)
}

/// The same, with its bugs where they are asked for.
#[cfg(feature = "witness")]
fn is_open(path: &str) -> bool {
    let forgotten = path == "/buildinfo" && seams::is_open(Seam::BuildinfoGuarded);
    seams::is_open(Seam::TenantGuardOff) || (OPEN.contains(&path) && !forgotten)
}

fn names_org(headers: &HeaderMap, org: &str) -> bool {
    let mut values = headers.get_all(ORG_HEADER).iter();
    let first = values.next();
    first.is_some_and(|value| value.as_bytes() == org.as_bytes()) && values.next().is_none()
}

fn replayed_for(headers: &HeaderMap, org: &str) -> bool {
    let Some(source) = headers.get(REPLAY_HEADER).and_then(|value| value.to_str().ok()) else { return false };
    source.split(';').any(|segment| segment.trim().strip_prefix("state=") == Some(org))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn the_org_header_counts_once_and_byte_for_byte() {
        let headers = |values: &[&'static str]| {
            let mut map = HeaderMap::new();
            for value in values {
                map.append(ORG_HEADER, HeaderValue::from_static(value));
            }
            map
        };
        assert!(names_org(&headers(&["org-a"]), "org-a"));
        for wrong in [&[][..], &["org-b"], &["ORG-A"], &["org-a "], &["org-a", "org-a"], &["org-a", "org-b"]]
        {
            assert!(!names_org(&headers(wrong), "org-a"), "{wrong:?}");
        }
    }

    #[test]
    fn a_replayed_request_names_the_org_in_a_segment_of_its_own() {
        let headers = |value: &'static str| {
            HeaderMap::from_iter([(
                axum::http::HeaderName::from_static(REPLAY_HEADER),
                HeaderValue::from_static(value),
            )])
        };
        assert!(replayed_for(&headers("instance=1; state=org-a ;t=2"), "org-a"));
        for wrong in ["state=org-ab", "xstate=org-a", "instance=org-a", "state=org-b", ""] {
            assert!(!replayed_for(&headers(wrong), "org-a"), "{wrong}");
        }
    }
}
