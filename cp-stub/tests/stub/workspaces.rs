//! Machines of workspaces: who may have them, what becomes of them.

use reqwest::Method;
use serde_json::{Value, json};

use super::running::{ADMIN_API, ALPHA, BETA, COOKIE, Running, SHARED, WS, admin_token, provision_body};

/// Ledger: HARN-005.
#[tokio::test]
async fn a_wrong_pair_of_credentials_gets_401_and_no_machine() {
    let stub = Running::start().await;
    let body = provision_body(BETA, WS, json!({}));
    let call = || stub.call(Method::POST, "/cp/workspaces/provision").json(&body);
    let beta = admin_token(BETA);
    for (why, call) in [
        ("nothing", call()),
        ("no admin token", call().bearer_auth(SHARED)),
        ("no bearer", call().header("x-molecule-admin-token", &beta)),
        ("stale secret", call().bearer_auth("stale").header("x-molecule-admin-token", &beta)),
        (
            "alpha's token for beta's org",
            call().bearer_auth(SHARED).header("x-molecule-admin-token", admin_token(ALPHA)),
        ),
        ("the admin key", call().bearer_auth(ADMIN_API).header("x-molecule-admin-token", &beta)),
    ] {
        let reply = call.send().await.unwrap();
        assert_eq!(reply.status(), 401, "{why}");
        assert_eq!(reply.text().await.unwrap(), "", "{why}");
    }
    let state = stub.state().await;
    assert_eq!(state["instances"], json!([]));
    assert_eq!((&state["unauthorized_calls"], &state["provision_calls"]), (&json!(6), &json!(6)));
    assert_eq!(state["by_org"][BETA]["unauthorized_calls"], 6);
    assert_eq!(state["by_org"][ALPHA]["unauthorized_calls"], 0);
}

#[tokio::test]
async fn every_provision_makes_a_machine_of_its_own_and_a_stop_ends_exactly_one() {
    let stub = Running::start().await;
    let (first, second) = (stub.instance(ALPHA, WS).await, stub.instance(ALPHA, WS).await);
    assert_ne!(first, second);
    let stop = format!("/cp/workspaces/{WS}?instance_id={first}");
    assert_eq!(stub.shared(Method::DELETE, &stop, ALPHA).send().await.unwrap().status(), 204);
    assert_eq!(stub.shared(Method::DELETE, &stop, ALPHA).send().await.unwrap().status(), 204, "again");
    let state = stub.state().await;
    let states: Vec<&Value> = state["instances"].as_array().unwrap().iter().map(|i| &i["state"]).collect();
    assert_eq!(states, ["terminated", "running"]);
    assert_eq!(state["by_org"][ALPHA]["deprovision_calls"], 2);
}

#[tokio::test]
async fn equal_workspace_ids_of_two_orgs_are_kept_apart_by_the_admin_token() {
    let stub = Running::start().await;
    let (alpha, beta) = (stub.instance(ALPHA, WS).await, stub.instance(BETA, WS).await);
    let status = async |org: &str, instance: &str| {
        let path = format!("/cp/workspaces/{WS}/status?instance_id={instance}");
        stub.shared(Method::GET, &path, org).send().await.unwrap().status().as_u16()
    };
    assert_eq!((status(ALPHA, &alpha).await, status(BETA, &beta).await), (200, 200));
    assert_eq!((status(ALPHA, &beta).await, status(BETA, &alpha).await), (404, 404));
    let steal = format!("/cp/workspaces/{WS}?instance_id={beta}");
    assert_eq!(stub.shared(Method::DELETE, &steal, ALPHA).send().await.unwrap().status(), 404);
    let state = stub.state().await;
    assert!(state["instances"].as_array().unwrap().iter().all(|instance| instance["state"] == "running"));
}

#[tokio::test]
async fn a_body_that_is_no_request_is_refused_and_only_to_those_who_may_ask() {
    let stub = Running::start().await;
    let path = "/cp/workspaces/provision";
    assert_eq!(stub.call(Method::POST, path).body("{").send().await.unwrap().status(), 401);
    assert_eq!(stub.shared(Method::POST, path, ALPHA).body("{").send().await.unwrap().status(), 400);
    let mut bad = provision_body(ALPHA, "not-a-uuid", json!({}));
    assert_eq!(stub.shared(Method::POST, path, ALPHA).json(&bad).send().await.unwrap().status(), 400);
    bad["workspace_id"] = json!(WS);
    bad["env"] = json!({ "A": 1 });
    assert_eq!(stub.shared(Method::POST, path, ALPHA).json(&bad).send().await.unwrap().status(), 400);
    assert_eq!(stub.state().await["instances"], json!([]));
}

/// Ledger: HARN-023.
#[tokio::test]
async fn a_rotated_secret_reaches_one_tenant_and_replaces_the_old_one_there() {
    let stub = Running::start().await;
    let rotated = json!({ "MOLECULE_CP_SHARED_SECRET": "rotated", "EXTRA": "x" });
    stub.json(Method::PUT, &format!("/__stub/config/{ALPHA}"), rotated.clone()).await;
    let served = stub
        .call(Method::GET, "/cp/tenants/config")
        .bearer_auth(admin_token(ALPHA))
        .header("x-molecule-org-id", ALPHA)
        .send()
        .await
        .unwrap();
    assert_eq!(served.json::<Value>().await.unwrap(), rotated);
    assert_eq!(stub.provision(ALPHA, WS).await.status(), 401, "the old secret");
    assert_eq!(stub.provision(BETA, WS).await.status(), 201, "the other tenant keeps its own");
    let body = provision_body(ALPHA, WS, json!({}));
    let call = stub.call(Method::POST, "/cp/workspaces/provision").bearer_auth("rotated");
    let reply = call.header("x-molecule-admin-token", admin_token(ALPHA)).json(&body).send().await.unwrap();
    assert_eq!(reply.status(), 201);
}

#[tokio::test]
async fn a_session_is_found_among_other_cookies_and_terms_stay_accepted() {
    let stub = Running::start().await;
    let member = json!({ "slug": "harness-tenant-alpha", "member": true, "user_id": "u" });
    stub.json(Method::PUT, "/__stub/members", json!({ COOKIE: member })).await;
    let get = async |path: &str, cookie: &str| {
        let reply = stub.call(Method::GET, path).header("cookie", cookie).send().await.unwrap();
        (reply.status().as_u16(), reply.json::<Value>().await.unwrap_or_default())
    };
    let among = format!("theme=dark; {COOKIE}; x=y");
    assert_eq!(get("/cp/auth/me", &among).await.1["user_id"], "u");
    assert_eq!(get("/cp/auth/me", "session=s-2").await.0, 401);
    assert_eq!(get("/cp/auth/terms-status", COOKIE).await.1["accepted"], false);
    stub.call(Method::POST, "/cp/auth/accept-terms").header("cookie", COOKIE).send().await.unwrap();
    assert_eq!(get("/cp/auth/terms-status", COOKIE).await.1["accepted"], true);
}

#[tokio::test]
async fn an_operator_makes_an_org_that_can_provision_and_removes_it_again() {
    let stub = Running::start().await;
    let admin = |method: Method, path: &str| stub.call(method, path).bearer_auth(ADMIN_API);
    let create = admin(Method::POST, "/cp/admin/orgs").json(&json!({ "slug": "fresh" }));
    let org: Value = create.send().await.unwrap().json().await.unwrap();
    let again = admin(Method::POST, "/cp/admin/orgs").json(&json!({ "slug": "fresh" }));
    assert_eq!(again.send().await.unwrap().status(), 409);
    let token = admin(Method::GET, "/cp/admin/orgs/fresh/admin-token").send().await.unwrap();
    let token: Value = token.json().await.unwrap();
    let provision = async || {
        let call = stub.call(Method::POST, "/cp/workspaces/provision").bearer_auth(SHARED);
        let call = call.header("x-molecule-admin-token", token["admin_token"].as_str().unwrap());
        let body = provision_body(org["id"].as_str().unwrap(), WS, json!({}));
        call.json(&body).send().await.unwrap().status().as_u16()
    };
    assert_eq!(provision().await, 201);
    let remove = admin(Method::DELETE, "/cp/admin/tenants/fresh").json(&json!({ "confirm": "fresh" }));
    assert_eq!(remove.send().await.unwrap().status(), 200);
    assert_eq!(provision().await, 401);
}
