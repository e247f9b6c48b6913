//! The checker against a control plane that answers what it is told.

use serde_json::{Value, json};
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::any};

use super::cp::{ControlPlane, Difference, Unjudged, check};

fn golden(name: &str) -> Value {
    let path = format!("{}/../fixtures/golden/cp/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

async fn plane(status: u16, body: &str) -> (MockServer, ControlPlane) {
    let server = MockServer::start().await;
    let answer = ResponseTemplate::new(status);
    let answer = if body.is_empty() { answer } else { answer.set_body_raw(body, "application/json") };
    server.register(Mock::given(any()).respond_with(answer)).await;
    let plane = ControlPlane {
        url: server.uri(),
        shared_secret: "s".into(),
        admin_api_token: "a".into(),
        alpha_admin_token: "ta".into(),
        beta_admin_token: "tb".into(),
        session_cookie: "c=1".into(),
    };
    (server, plane)
}

async fn differences(name: &str, status: u16, body: &str) -> Vec<String> {
    let (_server, plane) = plane(status, body).await;
    let found = check(&golden(name), &plane).await.unwrap();
    found.into_iter().map(|Difference { at, .. }| at).collect()
}

/// Ledger: HARN-135.
#[tokio::test]
async fn a_pair_agrees_with_other_volatile_values_and_with_nothing_else() {
    let name = "provision_created";
    let none: [&str; 0] = [];
    for (status, body, at) in [
        (201, r#"{"instance_id":"i-other","private_ip":"10.9.9.9","state":"running"}"#, &none[..]),
        (200, r#"{"instance_id":"i-other","private_ip":"10.9.9.9","state":"running"}"#, &["status"]),
        (201, r#"{"instance_id":"","private_ip":"10.9.9.9","state":"running"}"#, &["body"]),
        (201, r#"{"instance_id":7,"private_ip":"10.9.9.9","state":"running"}"#, &["body"]),
        (201, r#"{"instance_id":"i-other","private_ip":"10.9.9.9","state":"pending"}"#, &["body"]),
        (201, r#"{"instance_id":"i-other","state":"running"}"#, &["body"]),
        (201, r#"{"instance_id":"i-o","private_ip":"1","state":"running","x":1}"#, &["body"]),
        (201, r#"{"private_ip":"1","instance_id":"i-o","state":"running"}"#, &["body"]),
        (201, r#"{ "instance_id":"i-o","private_ip":"1","state":"running"}"#, &["body"]),
        (200, r#"{"ok":true}"#, &["status", "body"]),
        (401, "", &["status", "header content-type", "body"]),
    ] {
        assert_eq!(differences(name, status, body).await, at, "{status} {body}");
    }
    assert_eq!(differences("tenants_config_wrong_org", 401, "").await, none);
    assert_eq!(differences("tenants_config_wrong_org", 401, "{}").await, ["header content-type", "body"]);
}

#[tokio::test]
async fn credentials_are_filled_in_and_what_a_pair_takes_for_granted_is_brought_about() {
    let (server, plane) = plane(201, r#"{"instance_id":"i-77","state":"running"}"#).await;
    check(&golden("status_running"), &plane).await.unwrap();
    let calls = server.received_requests().await.unwrap();
    assert_eq!(calls[0].url.path(), "/cp/workspaces/provision");
    assert!(calls[1].url.as_str().ends_with("/status?instance_id=i-77"), "{}", calls[1].url);
    assert_eq!(calls[1].headers["authorization"], "Bearer s");
    assert_eq!(calls[1].headers["x-molecule-admin-token"], "ta");
}

#[tokio::test]
async fn what_cannot_be_judged_is_not_called_a_difference() {
    let (_server, plane) = plane(401, "{}").await;
    let not_given = check(&golden("status_running"), &plane).await.unwrap_err();
    assert!(matches!(not_given, Unjudged::NotGiven(given) if given == "instance"));
    let nowhere = ControlPlane { url: "http://127.0.0.1:9".into(), ..plane.clone() };
    assert!(matches!(check(&golden("login"), &nowhere).await.unwrap_err(), Unjudged::Silent(_)));
    let broken = json!({ "request": { "method": "GET", "target": "/" }, "response": {} });
    assert!(matches!(check(&broken, &plane).await.unwrap_err(), Unjudged::NotAPair(_)));
}
