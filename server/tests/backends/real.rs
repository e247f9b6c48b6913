//! The Docker back end on the machine's own engine: agents really run, and nothing of them stays.

use serde_json::json;
use server_app::backends::Liveness;

use crate::support::{TestServer, acting::id, engine::RealEngine, eventually};

const URL: &str = "select coalesce(url, '') from workspaces where id = $1::uuid";

async fn started(server: &TestServer, body: serde_json::Value) -> (String, String) {
    let workspace = server.created(body).await;
    let url = async || server.sql_value::<String>(URL, &workspace).await;
    let url = eventually(url, |url| !url.is_empty()).await;
    (workspace, url)
}

/// What the agent in the container says; it may still be starting.
async fn says(url: &str, path: &str) -> String {
    let target = format!("{url}{path}");
    let ask = async || match reqwest::get(&target).await {
        Ok(answer) => answer.text().await.map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    };
    eventually(ask, |answer| answer.is_ok()).await.unwrap_or_default()
}

/// Ledger: PROV-43.
#[tokio::test]
async fn an_agent_runs_with_its_environment_files_and_labels() {
    let Some(real) = RealEngine::find().await else { return };
    let server = real.server().await;
    let body = json!({"name": "a", "tier": 2, "secrets": {"KEY": "value"}});
    let (workspace, url) = started(&server, body).await;
    assert!(url.starts_with("http://127.0.0.1:"), "{url}");
    let env = says(&url, "/env").await;
    for line in [format!("WORKSPACE_ID={workspace}"), "KEY=value".into(), "TIER=2".into()] {
        assert!(env.lines().any(|seen| seen == line), "{line} in {env}");
    }
    let token = says(&url, "/booted").await;
    assert_eq!(token.len(), 43, "the token was there when the agent began");
    let configured = async || says(&url, "/file/configs/config.yaml").await;
    eventually(configured, |text| text.contains("name: \"a\"")).await;
    let body = json!({"id": workspace, "agent_card": {}, "delivery_mode": "poll"});
    assert_eq!(server.register(&body, &token).await.status.as_u16(), 200, "and it is good");

    let containers = real.containers().await;
    let [container] = containers.as_slice() else { panic!("one container: {containers:?}") };
    let labels = container.labels.clone().unwrap_or_default();
    assert_eq!(labels.get("molecule.platform.managed").map(String::as_str), Some("true"));
    let mut volumes = real.volumes().await;
    volumes.sort();
    let short = &workspace[..12];
    let mut expected = [
        format!("ws-{short}-configs"),
        format!("ws-{short}-claude-sessions"),
        format!("ws-{workspace}-workspace"),
    ];
    expected.sort();
    assert_eq!(volumes, expected, "all of them are labelled");

    assert_eq!(server.delete(&workspace, "").await.status.as_u16(), 200);
    assert!(real.containers().await.is_empty());
    assert_eq!(real.volumes().await, [format!("ws-{workspace}-workspace")], "the user's work stays");
}

#[tokio::test]
async fn a_sealed_agent_runs_on_a_read_only_disk() {
    let Some(real) = RealEngine::find().await else { return };
    let server = real.server().await;
    let (workspace, url) = started(&server, json!({"name": "a", "tier": 1})).await;
    assert_eq!(says(&url, "/booted").await.len(), 43, "its token was written all the same");
    assert_eq!(real.volumes().await, [format!("ws-{}-configs", &workspace[..12])]);
}

#[tokio::test]
async fn an_image_that_cannot_start_leaves_nothing_that_runs() {
    let Some(real) = RealEngine::find().await else { return };
    let server = real.server().await;
    let workspace = server.created(json!({"name": "a", "tier": 2, "runtime": "codex"})).await;
    server.becomes(&workspace, "failed").await;
    let query = "select last_sample_error from workspaces where id = $1::uuid";
    assert_eq!(server.sql_value::<String>(query, &workspace).await, "workspace start failed");
    assert!(real.containers().await.is_empty());
}

/// Ledger: PROV-118.
#[tokio::test]
async fn a_restart_keeps_the_volume_and_a_wiped_one_is_not_started_from() {
    let Some(real) = RealEngine::find().await else { return };
    let server = real.server().await;
    let (workspace, url) = started(&server, json!({"name": "before", "tier": 2})).await;
    let first = says(&url, "/booted").await;
    let configured = async || says(&url, "/file/configs/config.yaml").await;
    eventually(configured, |text| text.contains("name: \"before\"")).await;
    server.set_status(&workspace, "online").await;
    let again = async || {
        let force = bollard::query_parameters::RemoveContainerOptionsBuilder::new().force(true).build();
        let name = format!("ws-{}", &workspace[..12]);
        real.docker.remove_container(&name, Some(force)).await.expect("it runs");
        assert_eq!(server.app.backend_liveness(id(&workspace)).await, Liveness::Gone);
        server.set_status(&workspace, "online").await;
        assert_eq!(server.app.sweep_health().await.changed, 1);
    };
    again().await;
    let moved = async || server.sql_value::<String>(URL, &workspace).await;
    let url = eventually(moved, |seen| !seen.is_empty() && *seen != url).await;
    assert_ne!(says(&url, "/booted").await, first, "a fresh token, in the volume before the agent began");
    assert!(says(&url, "/file/configs/config.yaml").await.contains("name: \"before\""), "the volume stayed");

    let force = bollard::query_parameters::RemoveContainerOptionsBuilder::new().force(true).build();
    let name = format!("ws-{}", &workspace[..12]);
    real.docker.remove_container(&name, Some(force)).await.expect("it runs");
    let options = None::<bollard::query_parameters::RemoveVolumeOptions>;
    real.docker.remove_volume(&format!("{name}-configs"), options).await.expect("nobody uses it");
    server.set_status(&workspace, "online").await;
    assert_eq!(server.app.sweep_health().await.changed, 1);
    server.becomes(&workspace, "failed").await;
    let query = "select last_sample_error from workspaces where id = $1::uuid";
    let text: String = server.sql_value(query, &workspace).await;
    assert!(
        text.starts_with(&format!("cannot start workspace {workspace}: no config.yaml source")),
        "{text}"
    );
}
