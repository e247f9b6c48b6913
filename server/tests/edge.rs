//! What every request crosses: guard, origins, headers, limits, metrics, unmatched paths.

use reqwest::Method;
use serde_json::json;

use crate::support::{Answer, Answering, TestServer};

const ADMIN: (&str, &str) = ("ADMIN_TOKEN", "the-admin-token");
const ORG: (&str, &str) = ("MOLECULE_ORG_ID", "harness-org-alpha");
const CP: (&str, &str) = ("MOLECULE_CP_URL", "http://127.0.0.1:1");
const CANVAS: (&str, &str) = ("CANVAS_PROXY_URL", "http://127.0.0.1:1");
const ORG_HEADER: &str = "x-molecule-org-id";

/// Ledger: EDGE-01, EDGE-02.
#[tokio::test]
async fn a_tenant_does_not_exist_for_other_organisations() {
    let server = TestServer::start([ORG, CP, ADMIN]).await;
    let path = "/org/tokens";
    for wrong in [None, Some("harness-org-beta"), Some("HARNESS-ORG-ALPHA")] {
        let request = server.get(path).bearer_auth(ADMIN.1);
        let request = wrong.into_iter().fold(request, |request, org| request.header(ORG_HEADER, org));
        request.answer().await.empty(404);
    }
    let twice = server.get(path).bearer_auth(ADMIN.1).header(ORG_HEADER, ORG.1).header(ORG_HEADER, ORG.1);
    twice.answer().await.empty(404);
    assert_eq!(server.get(path).bearer_auth(ADMIN.1).header(ORG_HEADER, ORG.1).status().await, 200);
    let replayed =
        server.get(path).bearer_auth(ADMIN.1).header("fly-replay-src", format!("a=b; state={}", ORG.1));
    assert_eq!(replayed.status().await, 200);

    for open in ["/health", "/metrics", "/buildinfo"] {
        assert_eq!(server.get(open).status().await, 200, "{open}");
    }
    for guarded in ["/health/debug", "/nope", "/uploads/limits", "/healthz"] {
        server.get(guarded).answer().await.empty(404);
    }
}

/// Ledger: EDGE-34, EDGE-36, EDGE-37.
#[tokio::test]
async fn the_same_origin_route_needs_an_active_canvas_and_the_exact_host() {
    for (canvas, status) in [(CANVAS, 200), (("CANVAS_PROXY_URL", ""), 404)] {
        let server = TestServer::start([ORG, CP, ADMIN, canvas]).await;
        let workspace = server.workspace("a").await;
        let token = server.token(&workspace).await;
        let path = format!("/workspaces/{workspace}/tokens");
        let get = || server.get(&path).bearer_auth(&token);
        for (name, value) in [
            ("origin", format!("http://{}", server.host())),
            ("origin", format!("https://{}", server.host())),
            ("referer", format!("http://{}/canvas", server.host())),
        ] {
            assert_eq!(get().header(name, &value).status().await, status, "{name}: {value}");
        }
        get().answer().await.empty(404);
        get().header("referer", format!("https://{}.evil.example/", server.host())).answer().await.empty(404);
    }
    let unguarded = TestServer::start([ADMIN, CANVAS]).await;
    let workspace = unguarded.workspace("a").await;
    let look_alike = unguarded
        .get(&format!("/workspaces/{workspace}/tokens"))
        .header("referer", format!("https://{}.evil.example/", unguarded.host()));
    look_alike.answer().await.refused(401, "missing workspace auth token");
}

/// Ledger: EDGE-98.
#[tokio::test]
async fn a_foreign_origin_is_refused_and_a_listed_one_is_answered_exactly() {
    let origins = ("CORS_ORIGINS", "https://app.example, https://other.example");
    let server = TestServer::start([origins, ORG, CP]).await;
    for foreign in ["https://evil.example", "https://app.example:8443", "null", "https://app.example/"] {
        server.get("/health").header("origin", foreign).answer().await.empty(403);
    }
    let guarded =
        server.get("/org/tokens").header("origin", "https://evil.example").header(ORG_HEADER, ORG.1);
    guarded.answer().await.empty(403);

    let preflight = server.request(Method::OPTIONS, "/workspaces").header("origin", "https://app.example");
    let preflight = preflight.answer().await;
    preflight.empty(204);
    assert_eq!(preflight.header("access-control-allow-origin"), "https://app.example");
    assert_eq!(preflight.header("access-control-allow-credentials"), "true");
    assert_eq!(preflight.header("access-control-allow-methods"), "GET,POST,PUT,PATCH,DELETE,OPTIONS");
    assert_eq!(
        preflight.header("access-control-allow-headers"),
        "Origin,Content-Type,X-Workspace-Id,Authorization"
    );
    assert_eq!(
        preflight.header("vary"),
        "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"
    );
    assert_eq!(preflight.header("access-control-max-age"), "");

    let simple = server.get("/health").header("origin", "https://other.example").answer().await;
    assert_eq!(simple.header("access-control-allow-origin"), "https://other.example");
    assert_eq!(simple.header("vary"), "Origin");
    let own = server.get("/health").header("origin", format!("https://{}", server.host())).answer().await;
    assert_eq!((own.status.as_u16(), own.header("access-control-allow-origin")), (200, String::new()));
}

fn security_headers(answer: &Answer, csp_is_strict: bool) {
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("strict-transport-security", "max-age=31536000; includeSubDomains"),
        ("referrer-policy", "strict-origin-when-cross-origin"),
        ("permissions-policy", "camera=(), microphone=(), geolocation=()"),
    ] {
        assert_eq!(answer.header(name), value, "{answer:?}");
    }
    let csp = answer.header("content-security-policy");
    assert_eq!(csp == "default-src 'self'", csp_is_strict, "{csp}");
    assert!(csp.starts_with("default-src 'self'") && !csp.contains("unsafe-eval") && !csp.contains(" | "));
}

/// Ledger: EDGE-93.
#[tokio::test]
async fn every_answer_carries_the_security_headers() {
    let server = TestServer::start([ORG, CP, ADMIN, ("RATE_LIMIT", "5")]).await;
    let get = |path: &str| server.get(path).header(ORG_HEADER, ORG.1);
    for (request, status, strict) in [
        (get("/health"), 200, true),
        (get("/org/tokens"), 401, true),
        (get("/health").header("origin", "https://evil.example"), 403, true),
        (server.get("/nope"), 404, false),
        (server.get("/workspaces"), 404, true),
        (get("/nope"), 404, false),
        (get("/health"), 429, true),
    ] {
        let answer = request.answer().await;
        assert_eq!(answer.status.as_u16(), status, "{answer:?}");
        security_headers(&answer, strict);
    }
}

/// Ledger: EDGE-94, EDGE-95.
#[tokio::test]
async fn the_limiter_announces_itself_and_believes_no_forwarded_address() {
    let server = TestServer::start([("RATE_LIMIT", "5")]).await;
    for left in (0..5).rev() {
        let answer = server.get("/health").answer().await;
        assert_eq!(answer.status.as_u16(), 200);
        assert_eq!(answer.header("x-ratelimit-limit"), "5");
        assert_eq!(answer.header("x-ratelimit-remaining"), left.to_string());
        assert!((1..=60).contains(&answer.header("x-ratelimit-reset").parse::<u32>().unwrap()));
    }
    for forwarded in ["1.2.3.4", "5.6.7.8", "::1"] {
        let refused = server.get("/health").header("x-forwarded-for", forwarded).answer().await;
        refused.refused(429, "rate limit exceeded");
        assert_eq!(refused.header("x-ratelimit-remaining"), "0");
        assert_eq!(refused.header("retry-after"), refused.json()["retry_after"].to_string());
    }
}

/// Ledger: EDGE-97.
#[tokio::test]
async fn metrics_name_routes_and_never_ids() {
    let server = TestServer::start([ORG, CP, ADMIN]).await;
    let get = |path: &str| server.get(path).header(ORG_HEADER, ORG.1).bearer_auth(ADMIN.1);
    for name in ["one", "two"] {
        let workspace = server.workspace(name).await;
        get(&format!("/workspaces/{workspace}/tokens")).answer().await;
        server.get(&format!("/workspaces/{workspace}/tokens")).answer().await.empty(404);
        let path = format!("/workspaces/{workspace}/tokens");
        server.get(&path).header(ORG_HEADER, ORG.1).answer().await;
        server.request(Method::PATCH, &path).header(ORG_HEADER, ORG.1).answer().await;
        get(&format!("/nope/{workspace}")).answer().await;
    }
    let answer = server.get("/metrics").answer().await;
    assert_eq!(answer.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    let total = "molecule_http_requests_total";
    let route = r#"path="/workspaces/:id/tokens""#;
    for series in [
        format!(r#"{total}{{method="GET",{route},status="200"}} 2"#),
        format!(r#"{total}{{method="GET",{route},status="404"}} 2"#),
        format!(r#"{total}{{method="GET",{route},status="401"}} 2"#),
        format!(r#"{total}{{method="GET",path="unmatched",status="404"}} 2"#),
        format!(r#"{total}{{method="PATCH",path="unmatched",status="404"}} 2"#),
        "molecule_websocket_connections_active 0".to_owned(),
    ] {
        assert!(answer.body.contains(&series), "{series} in\n{}", answer.body);
    }
    let hex = answer.body.split(|c: char| !c.is_ascii_hexdigit() && c != '-').any(|word| word.len() == 36);
    assert!(!hex, "no id in\n{}", answer.body);
}

#[tokio::test]
async fn an_unmatched_path_or_method_is_a_plain_404() {
    let server = TestServer::start([]).await;
    for request in [server.get("/nope"), server.post("/health"), server.request(Method::DELETE, "/metrics")] {
        let answer = request.answer().await;
        assert_eq!((answer.status.as_u16(), answer.body.as_str()), (404, "404 page not found"));
        assert!(answer.header("content-type").starts_with("text/plain"), "{answer:?}");
        assert_eq!(answer.header("allow"), "");
    }
}

/// Ledger: EDGE-114.
#[tokio::test]
async fn the_removed_shared_context_route_does_not_answer() {
    let server = TestServer::start([ADMIN]).await;
    let workspace = server.workspace("a").await;
    let token = server.token(&workspace).await;
    for bearer in [ADMIN.1, &token] {
        let request = server.get(&format!("/workspaces/{workspace}/shared-context")).bearer_auth(bearer);
        assert_eq!(request.status().await, 404);
    }
}

/// Ledger: EDGE-87.
#[tokio::test]
async fn the_upload_limits_are_those_of_the_limits_table() {
    let server = TestServer::start([]).await;
    let expected = json!({
        "max_total_bytes": 104_857_600, "max_file_bytes": 104_857_600, "forward_timeout_seconds": 1200,
        "client_timeout_floor_ms": 60_000, "client_min_bytes_per_second": 102_400,
    });
    assert_eq!(server.get("/uploads/limits").answer().await.json(), expected);
}

/// Ledger: EDGE-101.
#[tokio::test]
async fn liveness_lists_what_ticked_to_administrators() {
    let server = TestServer::start([ADMIN]).await;
    server.app.tasks.tick("some-task", server.app.context.now());
    server.get("/admin/liveness").answer().await.refused(401, "admin auth required");
    let answer = server.get("/admin/liveness").bearer_auth(ADMIN.1).answer().await.json();
    let task = &answer["subsystems"]["some-task"];
    assert!(task["last_tick_at"].as_str().unwrap().ends_with('Z'), "{answer}");
    assert!(task["seconds_ago"].as_i64().unwrap() < 60, "{answer}");
}
