//! Scripted faults as a client meets them.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};
use server_wire::control_plane::{
    CONFIG_BYTES_MAX, InstanceState, ProvisionReply, StatusReply, StatusUnclear, TenantConfig,
};

use super::running::{ALPHA, BETA, Running, WS, admin_token, until};

async fn provision(stub: &Running, org: &str) -> (u16, String) {
    let reply = stub.provision(org, WS).await;
    (reply.status().as_u16(), reply.text().await.unwrap())
}

/// Ledger: HARN-004.
#[tokio::test]
async fn the_presets_of_provisioning_are_failures_to_the_servers_own_types() {
    for (preset, text) in [
        ("prod-401-empty", "provision failed (401): <unstructured body, 0 bytes>"),
        ("ok-200-wrong-shape", "provision failed (200): <unstructured body, 132 bytes>"),
        ("leaky-500", "provision failed (500): RunInstances failed: machine_type=t3.large"),
    ] {
        let stub = Running::start().await;
        stub.fault(json!({ "preset": preset })).await;
        let (status, body) = provision(&stub, ALPHA).await;
        let refused = ProvisionReply::decode(status, body.as_bytes()).unwrap_err().to_string();
        assert!(refused.contains(text), "{preset}: {refused}");
        let state = stub.state().await;
        assert_eq!((&state["instances"], &state["provision_calls"]), (&json!([]), &json!(1)));
        assert_eq!(state["unauthorized_calls"], 0, "a scripted 401 is not a refused caller");
        assert_eq!(state["active_faults"][0]["preset"], preset);
        assert_eq!(stub.requests("").await[0]["fault"], state["active_faults"][0]["id"]);
    }
}

#[tokio::test]
async fn a_fault_is_limited_to_an_org_a_workspace_and_a_number_of_calls() {
    let stub = Running::start().await;
    let matching = json!({ "method": "POST", "org_id": ALPHA, "workspace_id": WS, "nth": 2, "count": 2 });
    let id =
        stub.fault(json!({ "match": matching, "action": { "status": 503, "body": { "error": "x" } } })).await;
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(provision(&stub, ALPHA).await.0);
        assert_eq!(provision(&stub, BETA).await.0, 201);
    }
    assert_eq!(statuses, [201, 503, 503, 201]);
    let state = stub.state().await;
    assert_eq!(state["active_faults"], json!([]));
    assert_eq!(
        (&state["finished_faults"][0]["id"], &state["finished_faults"][0]["fired"]),
        (&json!(id), &json!(2))
    );
}

#[tokio::test]
async fn a_fault_that_never_fired_says_so_when_it_is_removed() {
    let stub = Running::start().await;
    let id = stub.fault(json!({ "preset": "status-500" })).await;
    let removed = stub.json(Method::DELETE, &format!("/__stub/faults/{id}"), Value::Null).await;
    assert_eq!((&removed["fired"], &removed["seen"]), (&json!(0), &json!(0)));
    assert_eq!(stub.call(Method::DELETE, "/__stub/faults/fault-99").send().await.unwrap().status(), 404);
    stub.fault(json!({ "preset": "status-500" })).await;
    let all = stub.json(Method::DELETE, "/__stub/faults", Value::Null).await;
    assert_eq!(all.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_fault_that_is_not_understood_is_refused_aloud() {
    let stub = Running::start().await;
    for (spec, text) in [
        (json!({ "preset": "no-such" }), "known: prod-401-empty"),
        (json!({}), "needs a preset or an action"),
        (json!({ "action": { "hang": true, "status": 500 } }), "one action"),
        (json!({ "action": { "statsu": 500 } }), "statsu"),
        (json!({ "match": { "nth": 0 }, "preset": "status-500" }), "start at 1"),
    ] {
        let reply = stub.call(Method::POST, "/__stub/faults").json(&spec).send().await.unwrap();
        assert_eq!(reply.status(), 400);
        let error = reply.json::<Value>().await.unwrap()["error"].to_string();
        assert!(error.contains(text), "{error}");
    }
}

#[tokio::test]
async fn a_delay_comes_before_the_honest_answer() {
    let stub = Running::start().await;
    let id = stub.instance(ALPHA, WS).await;
    stub.fault(json!({ "preset": "delete-slow-20s", "action": { "delay_ms": 120 } })).await;
    let started = Instant::now();
    let path = format!("/cp/workspaces/{WS}?instance_id={id}");
    assert_eq!(stub.shared(Method::DELETE, &path, ALPHA).send().await.unwrap().status(), 204);
    assert!(started.elapsed() >= Duration::from_millis(120));
    assert_eq!(stub.state().await["instances"][0]["state"], "terminated");
}

#[tokio::test]
async fn a_hanging_call_has_no_status_and_ends_with_its_fault() {
    let stub = Running::start().await;
    let instance = stub.instance(ALPHA, WS).await;
    let id = stub.fault(json!({ "preset": "status-timeout" })).await;
    let path = format!("/cp/workspaces/{WS}/status?instance_id={instance}");
    let hanging = tokio::spawn(stub.shared(Method::GET, &path, ALPHA).send());
    let entry = until("the call", async || stub.requests("?method=GET").await.pop()).await;
    assert!(entry["status"].is_null(), "{entry}");
    stub.json(Method::DELETE, &format!("/__stub/faults/{id}"), Value::Null).await;
    assert!(hanging.await.unwrap().is_err(), "the connection is closed without an answer");
    assert!(stub.requests("?method=GET").await[0]["status"].is_null());
}

#[tokio::test]
async fn a_connection_is_dropped_before_or_inside_the_answer() {
    let stub = Running::start().await;
    let provision = json!({ "path": "/cp/workspaces/provision", "count": 1 });
    stub.fault(json!({ "match": provision, "action": { "close": "before" } })).await;
    let call = |org| stub.shared(Method::POST, "/cp/workspaces/provision", org);
    let body = super::running::provision_body(ALPHA, WS, json!({}));
    assert!(call(ALPHA).json(&body).send().await.is_err());
    assert_eq!(stub.state().await["instances"], json!([]), "the route was not reached");
    stub.fault(json!({ "match": provision, "action": { "close": { "after_bytes": 5 } } })).await;
    let reply = call(ALPHA).json(&body).send().await.unwrap();
    assert_eq!(reply.status(), 201);
    assert!(reply.bytes().await.is_err(), "the body ends too early");
    assert_eq!(stub.state().await["instances"].as_array().unwrap().len(), 1, "the route was reached");
}

/// Ledger: HARN-023.
#[tokio::test]
async fn spoilt_configurations_are_refused_by_the_servers_own_types() {
    for (action, refused) in [
        (json!({ "malformed_json": true }), true),
        (json!({ "oversize": true }), true),
        (json!({ "wrong_content_type": true }), false),
        (json!({ "slow_body": { "chunk_bytes": 16, "gap_ms": 1 } }), false),
        (json!({ "status": 500 }), true),
    ] {
        let stub = Running::start().await;
        stub.fault(json!({ "match": { "path": "/cp/tenants/config" }, "action": action })).await;
        let call = stub.call(Method::GET, "/cp/tenants/config").bearer_auth(admin_token(ALPHA));
        let reply = call.header("x-molecule-org-id", ALPHA).send().await.unwrap();
        let status = reply.status().as_u16();
        let is_html =
            reply.headers().get("content-type").is_some_and(|value| value.to_str().unwrap().contains("html"));
        assert_eq!(is_html, action.get("wrong_content_type").is_some());
        let body = reply.bytes().await.unwrap();
        assert_eq!(body.len() > CONFIG_BYTES_MAX, action.get("oversize").is_some());
        let read = &body[..body.len().min(CONFIG_BYTES_MAX)];
        assert_eq!(TenantConfig::decode(status, read).is_err(), refused, "{action}");
    }
}

#[tokio::test]
async fn a_failing_status_call_is_unclear_to_the_servers_own_types() {
    let stub = Running::start().await;
    let instance = stub.instance(ALPHA, WS).await;
    let path = format!("/cp/workspaces/{WS}/status?instance_id={instance}");
    let decoded = async || {
        let reply = stub.shared(Method::GET, &path, ALPHA).send().await.unwrap();
        StatusReply::decode(reply.status().as_u16(), &reply.bytes().await.unwrap())
    };
    assert_eq!(decoded().await, Ok(InstanceState::Running));
    stub.fault(json!({ "preset": "status-500", "match": { "count": 1 } })).await;
    assert_eq!(decoded().await, Err(StatusUnclear::Status(500)));
    let matching = json!({ "path": "/cp/workspaces/*/status" });
    stub.fault(json!({ "match": matching, "action": { "malformed_json": true } })).await;
    assert!(matches!(decoded().await, Err(StatusUnclear::Undecodable(_))));
}

#[tokio::test]
async fn the_next_machine_gets_the_id_that_a_fault_names() {
    let stub = Running::start().await;
    stub.fault(json!({ "match": { "path": "/cp/workspaces/provision", "count": 1 }, "action": { "instance_id": "i-hang" } }))
        .await;
    assert_eq!(stub.instance(ALPHA, WS).await, "i-hang");
    assert_ne!(stub.instance(ALPHA, WS).await, "i-hang");
}

/// Ledger: HARN-083.
#[tokio::test]
async fn boot_events_are_refused_until_the_credential_row_is_there() {
    let stub = Running::start().await;
    let matching = json!({ "path": "/cp/tenants/boot-event", "org_id": ALPHA });
    let id = stub.fault(json!({ "match": matching, "action": { "credentials_not_persisted": true } })).await;
    let report = async |org: &str| {
        let call = stub.call(Method::POST, "/cp/tenants/boot-event").bearer_auth(admin_token(org));
        let call = call.header("x-molecule-org-id", org).json(&json!({ "event": "docker_ready" }));
        call.send().await.unwrap().status().as_u16()
    };
    assert_eq!((report(ALPHA).await, report(BETA).await), (401, 200));
    stub.json(Method::DELETE, &format!("/__stub/faults/{id}"), Value::Null).await;
    assert_eq!(report(ALPHA).await, 200);
    assert_eq!(stub.state().await["by_org"][ALPHA]["boot_event_calls"], 2);
}
