//! The host and its control API.

use http::Method;
use serde_json::{Value, json};

use super::platform::{WS, World};

#[tokio::test]
async fn the_host_tells_its_build_and_a_card_is_served_at_both_addresses() {
    let world = World::with_registry("inb-1").await;
    let url = world.spawn_at(json!({ "card": { "name": "Ada" } })).await;
    let (_, health) = world.control(Method::GET, "/health", Value::Null).await;
    assert_eq!((&health["status"], &health["build"]), (&json!("ok"), &json!("test")));
    for path in ["/.well-known/agent-card.json", "/.well-known/agent.json"] {
        let card: Value = world.http.get(format!("{url}{path}")).send().await.unwrap().json().await.unwrap();
        assert_eq!((&card["name"], &card["url"]), (&json!("Ada"), &json!(url)));
    }
    let health: Value = world.http.get(format!("{url}/health")).send().await.unwrap().json().await.unwrap();
    assert_eq!(health, json!({ "status": "ok" }));
}

#[tokio::test]
async fn an_agent_sees_the_environment_of_a_machine_and_never_its_org() {
    let world = World::with_registry("inb-1").await;
    world.spawn(json!({ "org_id": "org-a", "env": { "PARENT_ID": "p" } })).await;
    let env = world.agent().await["env"].clone();
    assert_eq!((&env["WORKSPACE_ID"], &env["RUNTIME"]), (&json!(WS), &json!("claude-code")));
    assert_eq!((&env["PLATFORM_URL"], &env["PARENT_ID"]), (&json!(world.platform.uri()), &json!("p")));
    assert!(env.get("PORT").is_some() && env.get("MOLECULE_ORG_ID").is_none());
    assert!(!env.to_string().contains("org-a"));
}

#[tokio::test]
async fn equal_workspace_ids_of_two_orgs_are_two_agents() {
    let world = World::with_registry("inb-1").await;
    let alpha = world.spawn_at(json!({ "org_id": "alpha" })).await;
    let beta = world.spawn_at(json!({ "org_id": "beta" })).await;
    assert_ne!(alpha, beta);
    let (status, reply) = world.control(Method::GET, &format!("/agents/{WS}"), Value::Null).await;
    assert_eq!((status.as_u16(), reply["error"].to_string().contains("?org=")), (409, true));
    let (_, found) = world.control(Method::GET, &format!("/agents/{WS}?org=beta"), Value::Null).await;
    assert_eq!(found["url"], json!(beta));
}

#[tokio::test]
async fn a_new_machine_replaces_the_agent_and_a_late_stop_of_the_old_one_does_not_hit_it() {
    let world = World::with_registry("inb-1").await;
    let old = world.spawn_at(json!({ "instance_id": "i-1" })).await;
    let new = world.spawn_at(json!({ "instance_id": "i-2" })).await;
    assert!(world.send(&old, "x").await.is_err() && world.send(&new, "x").await.is_ok());
    let kill = async |instance: &str| {
        let path = format!("/agents/{WS}?instance_id={instance}");
        world.control(Method::DELETE, &path, Value::Null).await
    };
    assert_eq!(kill("i-1").await.1["killed"], false);
    assert!(world.send(&new, "x").await.is_ok());
    assert_eq!(kill("i-2").await.1["killed"], true);
    assert_eq!(kill("i-2").await.0, 404);
}

#[tokio::test]
async fn fetch_sends_exactly_what_it_is_told_and_shows_exactly_what_came() {
    let world = World::new().await;
    world.answers("POST", "/somewhere", 418, json!({ "a": 1 })).await;
    let order = json!({
        "url": format!("{}/somewhere?q=1", world.platform.uri()), "method": "POST",
        "headers": { "Host": "other.test", "X-Org": ["a", "b"] }, "body": { "b": 2 },
    });
    let (_, seen) = world.control(Method::POST, "/fetch", order).await;
    assert_eq!((&seen["status"], &seen["json"]), (&json!(418), &json!({ "a": 1 })));
    let call = &world.calls("/somewhere").await[0];
    assert_eq!(call.headers.get_all("x-org").iter().count(), 2);
    assert_eq!(super::platform::header(call, "host"), "other.test");
    assert!(call.headers.get("authorization").is_none());
    let (_, seen) = world.control(Method::POST, "/fetch", json!({ "url": "http://127.0.0.1:9/" })).await;
    assert!(seen["status"].is_null() && seen["error"].as_str().unwrap().starts_with("ConnectError"));
}

#[tokio::test]
async fn requests_of_all_agents_are_shown_in_order_with_their_workspace() {
    let world = World::with_registry("inb-1").await;
    let one = world.spawn_at(json!({})).await;
    let two = world.spawn_at(json!({ "workspace_id": "other" })).await;
    for url in [&one, &two, &one] {
        world.send(url, "x").await.unwrap();
    }
    let (_, seen) = world.control(Method::GET, "/requests", Value::Null).await;
    let of: Vec<&Value> = seen.as_array().unwrap().iter().map(|entry| &entry["workspace_id"]).collect();
    assert_eq!(of, [WS, "other", WS]);
    assert_eq!((&seen[0]["method"], &seen[0]["rpc"]), (&json!("POST"), &json!("message/send")));
}

#[tokio::test]
async fn a_stopped_host_leaves_no_port_open() {
    let world = World::with_registry("inb-1").await;
    let url = world.spawn_at(json!({})).await;
    let control = world.host.url();
    world.host.stop().await;
    assert!(world.http.get(&url).send().await.is_err());
    assert!(world.http.get(format!("{control}/__agent/health")).send().await.is_err());
}
