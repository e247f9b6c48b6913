//! Reading and scripting the edge.

use super::bench::{EMPTY, Kind, Origin};
use super::on_both;

on_both! {
    the_effective_configuration_is_told_whatever_the_host,
}

/// Ledger: HARN-030.
async fn the_effective_configuration_is_told_whatever_the_host(edge: Kind) {
    let origin = Origin::says(EMPTY).await;
    let bench = edge.with(origin.address, &[("EDGE_READ_TIMEOUT_MS", "1234")]).await;
    let config = bench.control("GET", "config", "").await;
    assert_eq!(config["body_bytes_max"], 104_857_600);
    assert_eq!((&config["read_timeout_ms"], &config["connect_timeout_ms"]), (&1234.into(), &15_000.into()));
    assert_eq!(config["routes"]["alpha.localhost"], origin.address.to_string());
    assert_eq!(
        (&config["faults"], &config["inject_headers"]),
        (&serde_json::json!([]), &serde_json::json!({}))
    );
    assert!(config["build"].is_string());
    assert_eq!(bench.control("GET", "health", "").await["status"], "ok");
    assert_eq!(bench.control("GET", "nothing", "").await["error"], "no such control path");
    assert!(origin.is_untouched());
}

#[tokio::test]
async fn a_fault_strikes_until_it_is_used_up_or_removed() {
    let origin = Origin::says(EMPTY).await;
    let bench = Kind::InProcess.before(origin.address).await;
    for (fault, code) in [
        ("\"refused\"", 521),
        ("\"connect_timeout\"", 522),
        ("\"no_route\"", 523),
        ("\"read_timeout\"", 524),
        ("\"empty_reply\"", 520),
        ("{\"status\": 503}", 503),
    ] {
        bench.control("POST", "faults", &format!(r#"{{"path": "/x", "times": 1, "fault": {fault}}}"#)).await;
        assert_eq!(bench.get("/y").await.status, 200);
        assert_eq!(bench.get("/x").await.status, code, "{fault}");
        assert_eq!(bench.get("/x").await.status, 200);
    }
    let id = bench.control("POST", "faults", r#"{"fault": "drop"}"#).await["id"].clone();
    let mut dropped = bench.connect().await;
    tokio::io::AsyncWriteExt::write_all(&mut dropped, b"GET / HTTP/1.1\r\nHost: alpha.localhost\r\n\r\n")
        .await
        .unwrap();
    let mut nothing = Vec::new();
    let _ = tokio::io::AsyncReadExt::read_to_end(&mut dropped, &mut nothing).await;
    assert_eq!(nothing, b"");
    bench.control("DELETE", &format!("faults/{id}"), "").await;
    assert_eq!(bench.get("/").await.status, 200);
    assert!(bench.control("DELETE", &format!("faults/{id}"), "").await["error"].is_string());
}

#[tokio::test]
async fn an_order_with_an_unknown_key_is_refused() {
    let origin = Origin::says(EMPTY).await;
    let bench = Kind::InProcess.before(origin.address).await;
    for (path, body) in [
        ("faults", r#"{"fault": "refused", "pth": "/"}"#),
        ("faults", r#"{"fault": "sleepy"}"#),
        ("faults", r#"{"fault": {"status": 7}}"#),
        ("rules", r#"{"rule": "no_such"}"#),
    ] {
        assert!(bench.control("POST", path, body).await["error"].is_string(), "{body}");
    }
    assert_eq!(bench.get("/").await.status, 200);
}

/// Ledger: HARN-126.
#[tokio::test]
async fn firewall_challenge_and_rate_limit_can_be_switched_on_and_off() {
    let origin = Origin::says(EMPTY).await;
    let bench = Kind::InProcess.before(origin.address).await;
    bench.control("POST", "rules", r#"{"paths": ["/registry/*"], "rule": "require_origin"}"#).await;
    let blocked = bench.get("/registry/x").await;
    assert_eq!((blocked.status, blocked.body.as_str()), (403, "error code: 1020"));

    bench.control("POST", "rules", r#"{"paths": ["/c"], "rule": {"challenge": ["*"]}}"#).await;
    let challenge = bench.get("/c").await;
    assert_eq!(challenge.status, 403);
    assert_eq!(challenge.header("cf-mitigated").as_deref(), Some("challenge"));
    assert!(challenge.header("content-type").unwrap().starts_with("text/html"));

    let rate = r#"{"paths": ["/r"], "rule": {"rate_limit": {"requests": 1, "per_ms": 60000}}}"#;
    bench.control("POST", "rules", rate).await;
    assert_eq!(bench.get("/r").await.status, 200);
    let limited = bench.get("/r").await;
    assert_eq!(limited.status, 429);
    assert!(limited.header("retry-after").is_some());

    bench.control("POST", "clear", "").await;
    for path in ["/registry/x", "/c", "/r"] {
        assert_eq!(bench.get(path).await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn injected_headers_reach_the_origin_until_cleared() {
    let mut origin = Origin::says(EMPTY).await;
    let bench = Kind::InProcess.before(origin.address).await;
    bench.control("PUT", "headers", r#"{"X-Molecule-Org-Id": "helpful"}"#).await;
    bench.get("/").await;
    assert!(origin.head().await.contains("x-molecule-org-id: helpful"));
    bench.control("POST", "clear", "").await;
    bench.get("/").await;
    assert!(!origin.head().await.contains("x-molecule-org-id"));
}

#[tokio::test]
async fn a_default_host_takes_strangers_in_until_cleared() {
    let mut origin = Origin::says(EMPTY).await;
    let bench = Kind::InProcess.before(origin.address).await;
    let stranger = "GET / HTTP/1.1\r\nHost: stranger.localhost\r\nConnection: close\r\n\r\n";
    bench.control("PUT", "default_host", r#"{"host": "alpha.localhost"}"#).await;
    assert_eq!(bench.ask(stranger).await.status, 200);
    assert!(origin.head().await.contains("host: stranger.localhost"));
    bench.control("POST", "clear", "").await;
    assert_eq!(bench.ask(stranger).await.status, 404);
}
