//! Five fixed headers and one content policy on every answer, whoever made it.

use axum::{
    extract::Request,
    http::{HeaderName, HeaderValue, header},
    middleware::Next,
    response::Response,
};
#[cfg(feature = "witness")]
use server_types::seams::{self, Seam};

const FIXED: [(HeaderName, &str); 5] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::STRICT_TRANSPORT_SECURITY, "max-age=31536000; includeSubDomains"),
    (header::REFERRER_POLICY, "strict-origin-when-cross-origin"),
    (HeaderName::from_static("permissions-policy"), "camera=(), microphone=(), geolocation=()"),
];

const CSP_API: &str = "default-src 'self'";
const CSP_PAGE: &str = "default-src 'self'; script-src 'self' 'unsafe-inline'; \
    style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; connect-src 'self' ws: wss:; \
    font-src 'self' data:";

/// Paths that serve data, with everything below them.
const API: [&str; 18] = [
    "/workspaces",
    "/registry",
    "/health",
    "/admin",
    "/metrics",
    "/settings",
    "/bundles",
    "/org",
    "/orgs",
    "/templates",
    "/plugins",
    "/webhooks",
    "/channels",
    "/ws",
    "/events",
    "/approvals",
    "/buildinfo",
    "/uploads",
];

/// Adds what the answer does not carry yet; a header is never there twice.
pub async fn layer(request: Request, next: Next) -> Response {
    let csp = content_policy(request.uri().path());
    let mut response = next.run(request).await;
    #[cfg(feature = "witness")]
    if seams::is_open(Seam::HeadersOnSuccessOnly) && !response.status().is_success() {
        return response;
    }
    let headers = response.headers_mut();
    for (name, value) in FIXED.into_iter().chain([(header::CONTENT_SECURITY_POLICY, csp)]) {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

fn content_policy(path: &str) -> &'static str {
    let below =
        |api: &str| path.strip_prefix(api).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    if API.iter().any(|api| below(api)) { CSP_API } else { CSP_PAGE }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_strict_policy_covers_whole_path_segments() {
        for path in
            ["/workspaces", "/workspaces/x/y", "/health", "/org/tokens", "/uploads/limits", "/buildinfo"]
        {
            assert_eq!(content_policy(path), CSP_API, "{path}");
        }
        for path in ["/", "/workspacesx", "/organisation", "/healthz", "/canvas/viewport", "/cp/auth/me"] {
            assert_eq!(content_policy(path), CSP_PAGE, "{path}");
        }
        assert!(!CSP_PAGE.contains("unsafe-eval"));
    }
}
