//! The Docker back end against an engine that answers as told: what is asked, in which order, and what
//! each answer means.

use base64::{Engine as _, engine::general_purpose::URL_SAFE};
use serde_json::{Value, json};
use server_app::backends::Liveness;

use crate::support::{
    Answering, NO_ENGINE, TestServer,
    acting::id,
    engine::{Engine, ScriptedContainer as Container},
    eventually,
    plane::ADMIN,
    process::Process,
};

const URL: &str = "select coalesce(url, '') from workspaces where id = $1::uuid";

fn container(workspace: &str) -> String {
    format!("ws-{}", &workspace[..12])
}

/// Creates a workspace and waits until its start is over.
async fn started(server: &TestServer, mut body: Value) -> String {
    body["name"] = "a".into();
    let workspace = server.created(body).await;
    // What a start writes last.
    let internal = async || server.app.store.cache.internal_url(id(&workspace)).await.unwrap();
    eventually(internal, Option::is_some).await;
    workspace
}

async fn failed(server: &TestServer, body: Value) -> (String, String) {
    let workspace = server.created(body).await;
    server.becomes(&workspace, "failed").await;
    let query = "select last_sample_error from workspaces where id = $1::uuid";
    let text = server.sql_value(query, &workspace).await;
    (workspace, text)
}

/// Ledger: PROV-43.
#[tokio::test]
async fn a_start_takes_its_steps_in_order() {
    let (server, engine) = Engine::server().await;
    engine.script().calls.clear();
    let workspace = started(&server, json!({"tier": 2, "template": ""})).await;
    let name = container(&workspace);
    let done: Vec<String> = engine.script().calls.clone();
    let order = [
        format!("DELETE /containers/{name}"),
        "POST /volumes/create".to_owned(),
        "GET /networks/molecule-monorepo-net".to_owned(),
        "GET /images/localhost:5000/agents-claude-code:1/json".to_owned(),
        "POST /containers/create".to_owned(),
        // The token, before the agent runs (#1877).
        format!("PUT /containers/{name}/archive"),
        format!("POST /containers/{name}/start"),
        format!("PUT /containers/{name}/archive"),
        format!("GET /containers/{name}/json"),
    ];
    let mut rest = done.as_slice();
    for step in &order {
        let at = rest.iter().position(|call| call.starts_with(step.as_str()));
        let at = at.unwrap_or_else(|| panic!("{step} is missing or out of order in {done:#?}"));
        rest = &rest[at + 1..];
    }
    assert!(
        !done.iter().any(|call| call.starts_with("POST /images/create")),
        "its tag does not move: {done:#?}"
    );
    assert_eq!(server.sql_value::<String>(URL, &workspace).await, "http://127.0.0.1:49152");
    let internal = server.app.store.cache.internal_url(id(&workspace)).await.unwrap();
    assert_eq!(internal, Some(format!("http://{name}:8000")));
    let volumes: Vec<_> = engine.script().volumes.iter().cloned().collect();
    let mut expected =
        [format!("{name}-configs"), format!("{name}-claude-sessions"), format!("ws-{workspace}-workspace")];
    expected.sort();
    assert_eq!(volumes, expected);
}

#[tokio::test]
async fn a_container_is_made_as_its_row_says() {
    let (server, engine) = Engine::server().await;
    let secret = json!({"TIER": "mine", "KEY": "value"});
    let body = json!({
        "tier": 2, "workspace_dir": "/srv/work", "workspace_access": "read_only", "secrets": secret,
    });
    let workspace = started(&server, body).await;
    let made = engine.script().bodies[&container(&workspace)].clone();
    assert_eq!(made["Image"], "localhost:5000/agents-claude-code:1");
    assert_eq!(made["Labels"], json!({"molecule.platform.managed": "true"}));
    let host = &made["HostConfig"];
    assert_eq!(host["RestartPolicy"]["Name"], "unless-stopped");
    assert_eq!(host["NetworkMode"], "molecule-monorepo-net");
    assert_eq!(host["PortBindings"], json!({"8000/tcp": [{"HostIp": "127.0.0.1", "HostPort": ""}]}));
    let name = container(&workspace);
    assert_eq!(
        host["Binds"],
        json!([
            format!("{name}-configs:/configs"),
            "/srv/work:/workspace:ro",
            format!("{name}-claude-sessions:/root/.claude/sessions"),
        ])
    );
    let aliases = &made["NetworkingConfig"]["EndpointsConfig"]["molecule-monorepo-net"]["Aliases"];
    assert_eq!(*aliases, json!([name]));
    let env: Vec<&str> = made["Env"].as_array().unwrap().iter().map(|line| line.as_str().unwrap()).collect();
    assert_eq!(
        env[..7],
        [
            format!("WORKSPACE_ID={workspace}").as_str(),
            "WORKSPACE_CONFIG_PATH=/configs",
            "PLATFORM_URL=http://platform.test",
            "MOLECULE_URL=http://platform.test",
            "TIER=2",
            "PLUGINS_DIR=/plugins",
            "PYTHONPATH=/app",
        ]
    );
    assert!(env.contains(&"KEY=value"));
    assert_eq!(
        env.iter().rposition(|line| line.starts_with("TIER=")),
        env.iter().position(|line| *line == "TIER=mine"),
        "the last one wins"
    );
    assert!(!env.iter().any(|line| line.starts_with("AWARENESS_")), "no address, no namespace");
}

#[tokio::test]
async fn every_tier_has_its_shape() {
    let (server, engine) = Engine::server().await;
    for (tier, privileged, network, binds) in [
        (1, Value::Null, "molecule-monorepo-net", 1),
        (3, json!(true), "molecule-monorepo-net", 3),
        (4, json!(true), "host", 4),
    ] {
        let workspace = started(&server, json!({"tier": tier})).await;
        let made = engine.script().bodies[&container(&workspace)].clone();
        let host = &made["HostConfig"];
        assert_eq!(
            (&host["Privileged"], &host["NetworkMode"]),
            (&privileged, &json!(network)),
            "tier {tier}"
        );
        assert_eq!(host["Binds"].as_array().unwrap().len(), binds, "tier {tier}: {host}");
        assert_eq!(made["NetworkingConfig"].is_null(), tier == 4, "tier {tier}");
    }
}

/// Ledger: PROV-67, PROV-68.
#[tokio::test]
async fn a_pin_decides_the_image_unless_it_is_overridden() {
    let digest = format!("sha256:{}", "ab".repeat(32));
    let pin = "insert into runtime_image_pins (template_name, digest) values ('claude-code', $1)";
    let stored = "select coalesce(runtime_image_digest, '') from workspaces where id = $1::uuid";
    let (server, engine) = Engine::server().await;
    let image = |workspace: &str| engine.script().bodies[&container(workspace)]["Image"].clone();
    let before = started(&server, json!({"tier": 2})).await;
    assert_eq!(image(&before), "localhost:5000/agents-claude-code:1");
    assert_eq!(server.sql_value::<String>(stored, &before).await, "");
    server.sql(pin, &digest).await;
    let pinned = started(&server, json!({"tier": 2})).await;
    assert_eq!(image(&pinned), format!("localhost:5000/agents-claude-code@{digest}"));
    assert_eq!(server.sql_value::<String>(stored, &pinned).await, digest);
    let other = started(&server, json!({"tier": 2, "runtime": "codex"})).await;
    assert_eq!(image(&other), "localhost:5000/agents-codex:1", "another runtime's pin is none");
    // Availability beats pinning.
    server.sql("alter table runtime_image_pins rename to gone", "").await;
    let without_table = started(&server, json!({"tier": 2})).await;
    assert_eq!(image(&without_table), "localhost:5000/agents-claude-code:1");

    let (overridden, engine) = Engine::server_with([("WORKSPACE_IMAGE_LOCAL_OVERRIDE", "1")]).await;
    overridden.sql(pin, &digest).await;
    let workspace = started(&overridden, json!({"tier": 2})).await;
    assert_eq!(
        engine.script().bodies[&container(&workspace)]["Image"],
        "localhost:5000/agents-claude-code:1"
    );
    let malformed = sqlx::query(pin).bind("latest").execute(&overridden.app.store.db).await;
    assert!(malformed.is_err(), "a malformed digest would become an image name");
}

/// Ledger: PROV-66, PROV-65.
#[tokio::test]
async fn a_moving_tag_is_pulled_every_time_and_a_failed_pull_stops_nothing() {
    let env = [
        ("WORKSPACE_IMAGE", "localhost:5000/agents-{runtime}:latest"),
        ("GHCR_USER", "me"),
        ("GHCR_TOKEN", "???>>>~~~"),
        ("MOLECULE_IMAGE_PLATFORM", "linux/amd64"),
    ];
    let (server, engine) = Engine::server_with(env).await;
    for pulls in [1, 2] {
        started(&server, json!({"tier": 2})).await;
        assert_eq!(engine.calls("POST /images/create").len(), pulls);
    }
    let [first, ..] = &engine.calls("POST /images/create")[..] else { panic!("a pull") };
    assert!(first.contains("platform=linux%2Famd64"), "{first}");
    let create = engine.calls("POST /containers/create").remove(0);
    assert!(create.contains("platform=linux%2Famd64"), "the same for both: {create}");
    let login = engine.script().pull_headers["x-registry-auth"].to_str().unwrap().to_owned();
    let login: Value = serde_json::from_slice(&URL_SAFE.decode(login).unwrap()).unwrap();
    assert_eq!(login, json!({"username": "me", "password": "???>>>~~~", "serveraddress": "ghcr.io"}));

    engine.script().pull = Some((500, "registry is down at 10.1.2.3".into()));
    started(&server, json!({"tier": 2})).await;
    engine.script().no_images = true;
    let (_, text) = failed(&server, json!({"name": "a", "tier": 2})).await;
    assert_eq!(text, "workspace start failed");
}

#[tokio::test]
async fn a_container_that_does_not_start_is_taken_away() {
    let (server, engine) = Engine::server().await;
    engine.script().start = Some((500, "exec /agent: no such file".into()));
    let (workspace, text) = failed(&server, json!({"name": "a", "tier": 2})).await;
    assert_eq!(text, "workspace start failed");
    assert!(!engine.script().containers.contains_key(&container(&workspace)));
}

/// Ledger: PROV-49, REG-52.
#[tokio::test]
async fn a_delete_is_done_when_the_container_is_certainly_going() {
    let (server, engine) = Engine::server().await;
    for (status, answer, code) in [
        (404, "No such container: x", 200),
        (409, "removal of container x is already in progress", 200),
        (409, "pull of x is already in progress", 500),
        (500, "driver failed to remove root filesystem", 500),
    ] {
        let workspace = started(&server, json!({"tier": 2})).await;
        let volume = format!("{}-configs", container(&workspace));
        engine.script().remove = Some((status, answer.into()));
        let deleted = server.delete(&workspace, "").await;
        assert_eq!(deleted.status.as_u16(), code, "{answer}: {deleted:?}");
        assert!(!deleted.body.contains("driver failed"), "{deleted:?}");
        assert_eq!(server.db_status(&workspace).await, "removed", "{answer}");
        assert_eq!(engine.script().volumes.contains(&volume), code == 500, "{answer}: volume");
        engine.script().remove = None;
    }
}

/// Ledger: PROV-118.
#[tokio::test]
async fn a_volume_without_configuration_is_filled_from_the_runtimes_template_or_not_started() {
    let root = std::env::temp_dir().join(format!("templates-{}", uuid::Uuid::new_v4()));
    std::fs::create_dir_all(&root).unwrap();
    let (server, engine) = Engine::server_with([("CONFIGS_DIR", root.to_str().unwrap())]).await;
    let workspace = started(&server, json!({"tier": 2})).await;
    let again = async || {
        server.set_status(&workspace, "online").await;
        engine.script().containers.clear();
        assert_eq!(server.app.sweep_health().await.changed, 1, "its container is gone");
    };
    // The scripted engine finds no file in any volume.
    again().await;
    server.becomes(&workspace, "failed").await;
    let query = "select last_sample_error from workspaces where id = $1::uuid";
    assert_eq!(
        server.sql_value::<String>(query, &workspace).await,
        format!(
            "cannot start workspace {workspace}: no config.yaml source and config volume is empty — delete the \
             workspace or provide a template"
        )
    );
    std::fs::create_dir_all(root.join("claude-code-default")).unwrap();
    std::fs::write(root.join("claude-code-default/config.yaml"), "runtime: claude-code\n").unwrap();
    let before = engine.calls(&format!("PUT /containers/{}", container(&workspace))).len();
    again().await;
    let uploads = async || engine.calls(&format!("PUT /containers/{}", container(&workspace))).len() - before;
    // Token, template, files with the fresh credentials.
    eventually(uploads, |count| *count == 3).await;
    assert!(
        !engine.script().containers.keys().any(|name| name.ends_with("-probe")),
        "nothing is left of the look"
    );
    std::fs::remove_dir_all(root).unwrap();
}

/// Ledger: REG-82.
#[tokio::test]
async fn a_container_that_died_is_offline_and_restarted_once() {
    let (server, engine) = Engine::server().await;
    let workspace = started(&server, json!({"tier": 2})).await;
    server.set_status(&workspace, "online").await;
    let starts = async || engine.calls("POST /containers/create").len();
    assert_eq!(server.app.sweep_health().await.changed, 0, "it runs");
    engine.script().inspect = Some((500, "busy".into()));
    let report = server.app.sweep_health().await;
    assert_eq!((report.changed, report.errors), (0, 1), "a busy engine is no dead agent");
    assert_eq!(server.db_status(&workspace).await, "online");
    engine.script().inspect = None;
    assert_eq!(starts().await, 1);
    engine.script().containers.insert(container(&workspace), Container::default());
    assert_eq!(server.app.sweep_health().await.changed, 1);
    assert_eq!(server.app.backend_liveness(id(&workspace)).await, Liveness::Gone);
    assert!(server.events_of(&workspace).await.contains(&"WORKSPACE_OFFLINE".to_owned()));
    assert_eq!(server.payload_of(&workspace, "WORKSPACE_OFFLINE").await, json!({}));
}

/// Ledger: PROV-123.
#[tokio::test]
async fn an_agents_credentials_are_in_its_volume_and_good() {
    let (server, engine) = Engine::server().await;
    let workspace = started(&server, json!({"tier": 2})).await;
    let live =
        "select count(*) from workspace_auth_tokens where workspace_id = $1::uuid and revoked_at is null";
    assert_eq!(server.count(live, &workspace).await, 1, "minted before the start");
    let refused =
        server.register(&json!({"id": workspace, "agent_card": {}, "delivery_mode": "poll"}), "none").await;
    assert_eq!(refused.status.as_u16(), 401, "nobody else may take its name: {refused:?}");

    let inbound = "select platform_inbound_secret from workspaces where id = $1::uuid";
    let inbound: String = server.sql_value(inbound, &workspace).await;
    // The second upload comes after the start, whose address is on file by now.
    let files = engine.files_of(&container(&workspace));
    assert_eq!(files[".platform_inbound_secret"], inbound);
    assert!(files["config.yaml"].starts_with("name: \"a\"\n"), "{files:?}");
    let token = files[".auth_token"].clone();
    let own = json!({"id": workspace, "agent_card": {}, "delivery_mode": "poll"});
    assert_eq!(server.register(&own, &token).await.status.as_u16(), 200);

    // Where disks are not reached from here the first registration brings the token instead.
    let (hosted, engine) = Engine::server_with([("MOLECULE_DEPLOY_MODE", "saas")]).await;
    let workspace = started(&hosted, json!({"tier": 2})).await;
    let files = engine.files_of(&container(&workspace));
    assert_eq!(files.keys().collect::<Vec<_>>(), ["config.yaml"], "no credential is a file");
    assert_eq!(hosted.count(live, &workspace).await, 0);
    hosted.registered(&workspace).await;
}

/// Ledger: PROV-121.
#[tokio::test]
async fn the_boot_says_which_backend_it_found() {
    let (engine, address) = Engine::start().await;
    let host = format!("tcp://{address}");
    let server = Process::start(&[("DOCKER_HOST", &host), ("ADMIN_TOKEN", ADMIN)]).await;
    server.said("Provisioner: Docker").await;
    server.address().await;
    let without = Process::start(&[("DOCKER_HOST", NO_ENGINE)]).await;
    without.said("Provisioner disabled (Docker not available): ").await;
    let strange = Process::start(&[("DOCKER_HOST", "ssh://elsewhere")]).await;
    strange.said("Provisioner disabled (Docker not available): DOCKER_HOST \"ssh://elsewhere\"").await;
    let asked = engine.calls("").len();
    let tenant = [
        ("MOLECULE_ORG_ID", "org"),
        ("MOLECULE_CP_URL", "http://127.0.0.1:1"),
        ("DOCKER_HOST", host.as_str()),
        ("ADMIN_TOKEN", ADMIN),
    ];
    let tenant = Process::start(&tenant).await;
    tenant.said("Provisioner: Control Plane (auto-detected SaaS tenant)").await;
    tenant.address().await;
    drop(server);
    let later: Vec<_> = engine.calls("").split_off(asked);
    assert!(!later.iter().any(|call| call.starts_with("GET /version")), "a tenant asks no engine: {later:?}");
}

/// The client's own log would hold an agent's whole environment.
#[tokio::test]
async fn no_secret_of_an_agent_is_logged_however_much_is_logged() {
    let (engine, address) = Engine::start().await;
    let host = format!("tcp://{address}");
    let server = Process::start(&[
        ("DOCKER_HOST", host.as_str()),
        ("ADMIN_TOKEN", ADMIN),
        ("RUST_LOG", "trace,bollard=trace"),
        ("WORKSPACE_IMAGE", "localhost:5000/agents:1"),
    ])
    .await;
    let url = format!("http://{}/workspaces", server.address().await);
    let create = json!({"name": "a", "tier": 2, "secrets": {"KEY": "hunter2-of-the-agent"}});
    let created = reqwest::Client::new().post(url).bearer_auth(ADMIN).json(&create).answer().await;
    assert_eq!(created.status.as_u16(), 201, "{created:?}");
    eventually(async || engine.script().bodies.len(), |count| *count == 1).await;
    server.said("started at http://127.0.0.1:49152").await;
    let bodies = serde_json::to_string(&engine.script().bodies).unwrap();
    assert!(bodies.contains("hunter2-of-the-agent"), "the agent has it");
    let output = server.output();
    assert!(!output.contains("hunter2-of-the-agent"), "the log has it");
}
