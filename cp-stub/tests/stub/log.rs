//! The request log and the counters.

use cp_stub::fingerprint;
use reqwest::Method;
use serde_json::{Value, json};

use super::running::{ADMIN_API, ALPHA, BETA, Running, SHARED, WS, admin_token};

/// Ledger: HARN-005.
#[tokio::test]
async fn a_call_is_logged_with_fingerprints_and_names_and_no_credential() {
    let stub = Running::start().await;
    stub.provision(ALPHA, WS).await;
    let log = stub.requests("").await;
    let [entry] = &log[..] else { panic!("{log:?}") };
    assert_eq!((&entry["seq"], &entry["method"], &entry["status"]), (&json!(1), &json!("POST"), &json!(201)));
    assert_eq!(entry["path"], "/cp/workspaces/provision");
    assert_eq!((&entry["org_id"], &entry["workspace_id"]), (&json!(ALPHA), &json!(WS)));
    assert_eq!(entry["body"]["platform_url"], "http://tenant-alpha:8080");
    assert_eq!(entry["headers"]["authorization"], format!("Bearer {}", fingerprint(SHARED)));
    assert_eq!(entry["headers"]["x-molecule-admin-token"], fingerprint(&admin_token(ALPHA)));
    assert_eq!(entry["credentials"], json!({ "bearer": "shared-secret", "admin_token": ALPHA }));
    let text = entry.to_string();
    assert!(!text.contains(SHARED) && !text.contains(&admin_token(ALPHA)), "{text}");
}

#[tokio::test]
async fn credentials_are_named_for_what_they_are() {
    let stub = Running::start().await;
    let named = async |bearer: Option<&str>, token: Option<&str>| {
        let mut call = stub.call(Method::GET, "/cp/whatever");
        if let Some(bearer) = bearer {
            call = call.bearer_auth(bearer);
        }
        if let Some(token) = token {
            call = call.header("x-molecule-admin-token", token);
        }
        call.send().await.unwrap();
        let entry = stub.requests("").await.pop().unwrap();
        let text = |key: &str| entry["credentials"][key].as_str().unwrap().to_owned();
        (text("bearer"), text("admin_token"))
    };
    let beta = admin_token(BETA);
    assert_eq!(named(None, None).await, ("absent".into(), "absent".into()));
    assert_eq!(named(Some(ADMIN_API), Some(&beta)).await, ("admin-api-token".into(), BETA.into()));
    assert_eq!(named(Some(&beta), Some("x")).await, (format!("admin-token:{BETA}"), "unknown".into()));
    stub.json(Method::PUT, &format!("/__stub/config/{BETA}"), json!({ "MOLECULE_CP_SHARED_SECRET": "new" }))
        .await;
    assert_eq!(named(Some("new"), None).await.0, format!("shared-secret:{BETA}"));
    assert_eq!(named(Some("nobody's"), None).await.0, "unknown");
}

#[tokio::test]
async fn the_log_is_ordered_and_can_be_asked_for_a_part() {
    let stub = Running::start().await;
    let instance = stub.instance(ALPHA, WS).await;
    stub.instance(BETA, WS).await;
    let status = format!("/cp/workspaces/{WS}/status?instance_id={instance}");
    stub.shared(Method::GET, &status, ALPHA).send().await.unwrap();
    let seqs = async |query: &str| {
        let log = stub.requests(query).await;
        log.iter().map(|entry| entry["seq"].as_u64().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(seqs("").await, [1, 2, 3]);
    assert_eq!(seqs("?path=/cp/workspaces/*/status").await, [3]);
    assert_eq!(seqs("?method=post").await, [1, 2]);
    assert_eq!(seqs(&format!("?org_id={ALPHA}")).await, [1, 3]);
    assert_eq!(seqs(&format!("?workspace_id={WS}&after=1")).await, [2, 3]);
    assert_eq!(seqs("?org_id=nobody").await, Vec::<u64>::new());
    let entry = stub.requests("?after=2").await.pop().unwrap();
    assert_eq!(entry["query"], format!("instance_id={instance}"));
}

#[tokio::test]
async fn what_no_route_serves_is_501_counted_and_listed_once() {
    let stub = Running::start().await;
    for (method, path) in [
        (Method::GET, "/cp/new"),
        (Method::GET, "/cp/new"),
        (Method::PATCH, "/cp/tenants/config"),
        (Method::GET, "/"),
    ] {
        let reply = stub.call(method.clone(), path).send().await.unwrap();
        assert_eq!(reply.status(), 501);
        let text = format!("cp-stub: not implemented: {method} {path}");
        assert_eq!(reply.json::<Value>().await.unwrap(), json!({ "error": text }));
    }
    let state = stub.state().await;
    assert_eq!(state["unknown_calls"], 4);
    assert_eq!(state["unknown_routes"], json!(["GET /cp/new", "PATCH /cp/tenants/config", "GET /"]));
}
