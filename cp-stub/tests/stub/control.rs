//! The control API.

use reqwest::Method;
use serde_json::{Value, json};

use super::running::{ALPHA, BETA, COOKIE, Running, WS, admin_token};

#[tokio::test]
async fn a_fresh_stub_shows_every_counter_at_zero_for_every_org() {
    let stub = Running::start().await;
    let state = stub.state().await;
    let counters = [
        "provision_calls",
        "tenants_config_calls",
        "deprovision_calls",
        "status_calls",
        "console_calls",
        "auth_calls",
        "boot_event_calls",
        "redeploy_fleet_calls",
        "unauthorized_calls",
        "unknown_calls",
    ];
    for counter in counters {
        for part in [&state, &state["by_org"][ALPHA], &state["by_org"][BETA]] {
            assert_eq!(part[counter], 0, "{counter}");
        }
    }
    for list in ["unknown_routes", "instances", "active_faults", "finished_faults", "launch_failures"] {
        assert_eq!(state[list], json!([]), "{list}");
    }
    assert_eq!(state["build"], cp_stub::BUILD);
}

#[tokio::test]
async fn control_calls_are_neither_logged_nor_counted_nor_faulted() {
    let stub = Running::start().await;
    stub.fault(json!({ "action": { "status": 500 } })).await;
    let health = stub.call(Method::GET, "/__stub/health").send().await.unwrap();
    assert_eq!(health.status(), 200);
    assert_eq!(stub.requests("").await, Vec::<Value>::new());
    assert_eq!(stub.call(Method::GET, "/__stub/nothing").send().await.unwrap().status(), 404);
    assert_eq!(stub.state().await["unknown_calls"], 0);
}

#[tokio::test]
async fn a_machine_can_be_put_into_any_state_and_given_a_console() {
    let stub = Running::start().await;
    let instance = stub.instance(ALPHA, WS).await;
    let path = format!("/cp/workspaces/{WS}/status?instance_id={instance}");
    for state in ["stopped", "pending", "terminated", "running"] {
        stub.json(Method::PUT, &format!("/__stub/instances/{instance}"), json!({ "state": state })).await;
        let reply = stub.shared(Method::GET, &path, ALPHA).send().await.unwrap();
        assert_eq!(reply.json::<Value>().await.unwrap(), json!({ "state": state }));
    }
    let set = stub.call(Method::PUT, &format!("/__stub/instances/{instance}"));
    assert_eq!(set.json(&json!({ "state": "gone" })).send().await.unwrap().status(), 422);
    let unknown = stub.call(Method::PUT, "/__stub/instances/i-none").json(&json!({ "state": "running" }));
    assert_eq!(unknown.send().await.unwrap().status(), 404);
}

#[tokio::test]
async fn a_reset_forgets_what_happened_and_keeps_who_may_call() {
    let stub = Running::start().await;
    stub.json(Method::PUT, &format!("/__stub/config/{BETA}"), json!({ "MOLECULE_CP_SHARED_SECRET": "new" }))
        .await;
    let member = json!({ "slug": "harness-tenant-alpha", "member": true, "user_id": "u" });
    stub.json(Method::PUT, "/__stub/members", json!({ COOKIE: member })).await;
    stub.instance(ALPHA, WS).await;
    stub.fault(json!({ "preset": "status-500" })).await;
    let reset = stub.call(Method::POST, "/__stub/reset").send().await.unwrap();
    assert_eq!(reset.status(), 204);
    let state = stub.state().await;
    assert_eq!((&state["provision_calls"], &state["instances"]), (&json!(0), &json!([])));
    assert_eq!((&state["active_faults"], &state["finished_faults"]), (&json!([]), &json!([])));
    assert_eq!(stub.requests("").await, Vec::<Value>::new());
    let me = stub.call(Method::GET, "/cp/auth/me").header("cookie", COOKIE).send().await.unwrap();
    assert_eq!(me.status(), 401, "sessions belong to a replay");
    assert_eq!(stub.provision(ALPHA, WS).await.status(), 201);
    assert_eq!(stub.provision(BETA, WS).await.status(), 401, "a rotated secret stays rotated");
}

#[tokio::test]
async fn routes_are_listed_with_their_origin_and_day() {
    let stub = Running::start().await;
    let routes = stub.json(Method::GET, "/__stub/routes", Value::Null).await;
    let provision =
        routes.as_array().unwrap().iter().find(|route| route["path"] == "/cp/workspaces/provision");
    let provision = provision.unwrap();
    assert_eq!((&provision["auth"], &provision["dated"]), (&json!("shared"), &json!("2026-06-14")));
    assert!(provision["origin"].as_str().unwrap().contains("molecule-controlplane"));
}

#[tokio::test]
async fn a_tenant_is_told_the_address_it_used() {
    let stub = Running::start().await;
    let call = stub.call(Method::GET, "/cp/tenants/config").header("host", "cp-stub:9090");
    let call = call.bearer_auth(admin_token(ALPHA)).header("x-molecule-org-id", ALPHA);
    let served: Value = call.send().await.unwrap().json().await.unwrap();
    assert_eq!(served["MOLECULE_CP_URL"], "http://cp-stub:9090");
}
