//! Starting and stopping agents, against a scripted agent host.

use reqwest::Method;
use serde_json::{Value, json};
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{method, path},
};

use super::running::{ALPHA, Running, WS, provision_body, until};

async fn world() -> (Running, MockServer) {
    let agents = MockServer::start().await;
    let spawned = ResponseTemplate::new(201).set_body_json(json!({}));
    Mock::given(method("POST")).and(path("/__agent/agents")).respond_with(spawned).mount(&agents).await;
    let killed = ResponseTemplate::new(200).set_body_json(json!({ "killed": true }));
    Mock::given(method("DELETE")).respond_with(killed).mount(&agents).await;
    (Running::with_agents(Some(agents.uri())).await, agents)
}

async fn calls(agents: &MockServer, verb: &str) -> Vec<wiremock::Request> {
    let all = agents.received_requests().await.unwrap();
    all.into_iter().filter(|call| call.method.as_str() == verb).collect()
}

async fn provision(stub: &Running, name: &str) -> String {
    let env = json!({ "GIT_AUTHOR_NAME": format!("Molecule AI {name}"), "PARENT_ID": "p" });
    let body = provision_body(ALPHA, WS, env);
    let call = stub.shared(Method::POST, "/cp/workspaces/provision", ALPHA).json(&body);
    let reply: Value = call.send().await.unwrap().json().await.unwrap();
    reply["instance_id"].as_str().unwrap().to_owned()
}

async fn spawned(agents: &MockServer) -> Value {
    let call = until("a spawn", async || calls(agents, "POST").await.pop()).await;
    call.body_json().unwrap()
}

#[tokio::test]
async fn a_provisioned_machine_gets_its_agent_with_the_environment_of_the_request() {
    let (stub, agents) = world().await;
    let instance = provision(&stub, "parent").await;
    let spawn = spawned(&agents).await;
    assert_eq!((&spawn["workspace_id"], &spawn["org_id"]), (&json!(WS), &json!(ALPHA)));
    assert_eq!((&spawn["instance_id"], &spawn["runtime"]), (&json!(instance), &json!("claude-code")));
    assert_eq!(
        (&spawn["env"]["PARENT_ID"], &spawn["platform_url"]),
        (&json!("p"), &json!("http://tenant-alpha:8080"))
    );
    assert_eq!((&spawn["crash_after_register"], &spawn["wait_registered_ms"]), (&json!(false), &json!(0)));
}

/// Ledger: HARN-082.
#[tokio::test]
async fn an_early_agent_has_registered_before_the_answer_is_written() {
    let (stub, agents) = world().await;
    provision(&stub, "launch-early-x").await;
    let calls = calls(&agents, "POST").await;
    assert_eq!(calls.len(), 1, "the spawn came before the answer");
    assert!(calls[0].body_json::<Value>().unwrap()["wait_registered_ms"].as_u64() > Some(0));
}

#[tokio::test]
async fn a_mode_is_chosen_by_name_or_by_fault() {
    let (stub, agents) = world().await;
    provision(&stub, "launch-never-x").await;
    let matching = json!({ "workspace_name_prefix": "quiet", "count": 1 });
    stub.fault(json!({ "match": matching, "action": { "launch": "never" } })).await;
    provision(&stub, "quiet one").await;
    provision(&stub, "launch-crash-x").await;
    assert_eq!(spawned(&agents).await["crash_after_register"], true);
    assert_eq!(calls(&agents, "POST").await.len(), 1, "two machines run without an agent");
    assert_eq!(stub.state().await["instances"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn a_stop_ends_the_agent_before_it_answers_and_calls_off_one_that_is_late() {
    let (stub, agents) = world().await;
    stub.fault(json!({ "match": { "count": 1 }, "action": { "launch": { "late": 60_000 } } })).await;
    let instance = provision(&stub, "slow").await;
    let stop = format!("/cp/workspaces/{WS}?instance_id={instance}");
    assert_eq!(stub.shared(Method::DELETE, &stop, ALPHA).send().await.unwrap().status(), 204);
    let stops = calls(&agents, "DELETE").await;
    assert_eq!(stops.len(), 1);
    assert_eq!(stops[0].url.path(), format!("/__agent/agents/{WS}"));
    let query: Vec<(String, String)> = stops[0].url.query_pairs().into_owned().collect();
    assert_eq!(query, [("org".into(), ALPHA.into()), ("instance_id".into(), instance)]);
    assert!(calls(&agents, "POST").await.is_empty());
}

#[tokio::test]
async fn a_launch_that_fails_is_shown_and_the_machine_runs_on() {
    let stub = Running::with_agents(Some("http://127.0.0.1:9".into())).await;
    stub.instance(ALPHA, WS).await;
    let state = until("the failure", async || {
        Some(stub.state().await).filter(|state| state["launch_failures"] != json!([]))
    })
    .await;
    assert!(state["launch_failures"][0].as_str().unwrap().contains("agent host unreachable"));
    assert_eq!(state["instances"][0]["state"], "running");
}
