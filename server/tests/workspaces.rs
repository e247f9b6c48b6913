//! Workspaces: create, read, change, and who may see what.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{
    Answering, TestServer,
    acting::id,
    eventually,
    plane::{ADMIN, tenant},
};

async fn local() -> TestServer {
    TestServer::start([("ADMIN_TOKEN", ADMIN)]).await
}

/// Ledger: REG-60, REG-64, PROV-128, HARN-092.
#[tokio::test]
async fn a_create_stores_its_defaults_and_answers_with_them() {
    let (server, plane) = tenant().await;
    let created = server.create(json!({"name": "plain"})).await;
    let id = created["id"].as_str().unwrap();
    assert_eq!(
        created,
        json!({"id": id, "status": "provisioning", "awareness_namespace": format!("workspace:{id}"),
               "workspace_access": "none"})
    );
    let row = "select concat_ws(' ', runtime, tier, max_concurrent_tasks, delivery_mode, monthly_spend)
               from workspaces where id = $1::uuid";
    assert_eq!(server.sql_value::<String>(row, id).await, "claude-code 3 1 push 0");
    let retired =
        server.created(json!({"name": "old", "runtime": "langgraph", "max_concurrent_tasks": 3})).await;
    assert_eq!(server.sql_value::<String>(row, &retired).await, "claude-code 3 3 push 0");
    let zero = server.created(json!({"name": "zero", "max_concurrent_tasks": 0, "tier": 2})).await;
    assert_eq!(server.sql_value::<String>(row, &zero).await, "claude-code 2 1 push 0");
    let starts = eventually(async || plane.starts(), |starts| starts.len() == 3).await;
    assert!(starts.iter().all(|start| start["runtime"] == "claude-code"), "{starts:?}");
}

/// Ledger: REG-19, REG-98.
#[tokio::test]
async fn a_refused_create_leaves_nothing_behind() {
    let server = local().await;
    for (body, error) in [
        (json!({}), "invalid workspace payload"),
        (json!([]), "invalid workspace payload"),
        (json!({"name": "a", "tier": "x"}), "invalid workspace payload"),
        (json!({"name": "a\nb"}), "invalid workspace fields"),
        (json!({"name": "a{b"}), "invalid workspace fields"),
        (json!({"name": "a", "role": "x".repeat(1001)}), "invalid workspace fields"),
        (json!({"name": "a", "delivery_mode": "fax"}), "delivery_mode must be 'push' or 'poll'"),
        (json!({"name": "a", "template": "../etc"}), "invalid template"),
        (json!({"name": "a", "workspace_dir": "/etc/x"}), "invalid workspace directory"),
        (json!({"name": "a", "workspace_access": "read_only"}), "invalid workspace access"),
    ] {
        server.try_create(&body).await.refused(400, error);
    }
    let orphan = json!({"name": "a", "parent_id": uuid::Uuid::new_v4(), "secrets": {"K": "v"}});
    server.try_create(&orphan).await.refused(500, "failed to create workspace");
    for table in [
        "select count(*) from workspaces where $1 = ''",
        "select count(*) from workspace_secrets where $1 = ''",
        "select count(*) from structure_events where $1 = ''",
        "select count(*) from workspace_auth_tokens where $1 = ''",
    ] {
        assert_eq!(server.count(table, "").await, 0, "{table}");
    }
}

/// Ledger: REG-61, REG-63.
#[tokio::test]
async fn secrets_and_the_picked_model_are_stored_sealed() {
    let server = TestServer::start([
        ("ADMIN_TOKEN", ADMIN),
        ("SECRETS_ENCRYPTION_KEY", "0123456789abcdef0123456789abcdef"),
    ])
    .await;
    let keys = "select string_agg(key || ':' || encryption_version, ' ' order by key) from workspace_secrets
                where workspace_id = $1::uuid";
    let known = server.created(json!({"name": "a", "model": "minimax/m2", "secrets": {"API": "hush"}})).await;
    assert_eq!(server.sql_value::<String>(keys, &known).await, "API:1 LLM_PROVIDER:1 MODEL_PROVIDER:1");
    let unknown = server.created(json!({"name": "b", "model": "unheard/of"})).await;
    assert_eq!(server.sql_value::<String>(keys, &unknown).await, "MODEL_PROVIDER:1");
    let plain = "select count(*) from workspace_secrets where position($1::bytea in encrypted_value) > 0";
    assert_eq!(server.count(plain, "hush").await, 0);
}

/// Ledger: REG-61.
#[tokio::test]
async fn a_secret_that_cannot_be_stored_takes_the_row_with_it() {
    let server = local().await;
    let refused = server.try_create(&json!({"name": "a", "secrets": {"B\u{0}AD": "v"}})).await;
    assert_eq!(refused.status.as_u16(), 500, "{refused:?}");
    assert!(refused.json()["error"].as_str().unwrap().starts_with("failed to save secret: B"), "{refused:?}");
    assert_eq!(server.count("select count(*) from workspaces where $1 = ''", "").await, 0);
}

/// Ledger: REG-62.
#[tokio::test]
async fn a_template_gives_what_the_caller_leaves_open() {
    let root = std::env::temp_dir().join(format!("templates-{}", uuid::Uuid::new_v4()));
    for (name, text) in [
        ("nested", "runtime: hermes\nruntime_config: {model: minimax/m2, provision_timeout_seconds: 720}\n"),
        ("legacy", "runtime: codex\nmodel: 'openai/gpt-5'\n"),
    ] {
        std::fs::create_dir_all(root.join(name)).unwrap();
        std::fs::write(root.join(name).join("config.yaml"), text).unwrap();
    }
    let folder = root.to_str().unwrap().to_owned();
    let server = TestServer::start([("ADMIN_TOKEN", ADMIN), ("CONFIGS_DIR", folder.as_str())]).await;
    let stored = async |body: Value| {
        let id = server.created(body).await;
        let query = "select w.runtime || ' ' || convert_from(s.encrypted_value, 'utf8') from workspaces w
                     join workspace_secrets s on s.workspace_id = w.id and s.key = 'MODEL_PROVIDER'
                     where w.id = $1::uuid";
        server.sql_value::<String>(query, &id).await
    };
    assert_eq!(stored(json!({"name": "a", "template": "nested"})).await, "hermes minimax/m2");
    assert_eq!(stored(json!({"name": "b", "template": "legacy"})).await, "codex openai/gpt-5");
    let own = json!({"name": "c", "template": "nested", "model": "mine/x", "runtime": "openclaw"});
    assert_eq!(stored(own).await, "openclaw mine/x");
    let missing = server.created(json!({"name": "d", "template": "nowhere"})).await;
    let runtime = "select runtime from workspaces where id = $1::uuid";
    assert_eq!(server.sql_value::<String>(runtime, &missing).await, "claude-code");

    let listed = server.admin(Method::GET, "/workspaces").answer().await.json();
    let timeout = |name: &str| {
        let row = listed.as_array().unwrap().iter().find(|row| row["name"] == name).unwrap();
        row.get("provision_timeout_ms").cloned()
    };
    assert_eq!((timeout("a"), timeout("b")), (Some(json!(720_000)), None));
    std::fs::remove_dir_all(&root).unwrap();
}

/// Ledger: REG-02, REG-68.
#[tokio::test]
async fn an_external_workspace_waits_for_its_agent_and_gets_its_connection_once() {
    let (server, plane) = tenant().await;
    let created = server.create(json!({"name": "mine", "external": true})).await;
    let id = created["id"].as_str().unwrap().to_owned();
    assert_eq!((&created["status"], &created["external"]), (&json!("awaiting_agent"), &json!(true)));
    assert_eq!(server.db_status(&id).await, "awaiting_agent");
    let connection = &created["connection"];
    assert_eq!(connection["platform_url"], format!("http://{}", server.host()));
    let token = connection["auth_token"].as_str().unwrap();
    let answer = server.register(&json!({"id": id, "agent_card": {}}), token).await;
    assert_eq!(
        (answer.status.as_u16(), &answer.json()["delivery_mode"]),
        (200, &json!("poll")),
        "{answer:?}"
    );
    assert!(answer.json().get("auth_token").is_none(), "it has one already");
    assert_eq!(
        server.events_of(&id).await,
        ["WORKSPACE_PROVISIONING", "WORKSPACE_AWAITING_AGENT", "WORKSPACE_ONLINE"]
    );
    assert!(plane.starts().is_empty(), "nobody provisions an external workspace");
}

#[tokio::test]
async fn an_external_workspace_with_a_url_is_online_at_once() {
    let (server, _) = tenant().await;
    let created =
        server.create(json!({"name": "mine", "runtime": "external", "url": "http://127.0.0.1:9"})).await;
    let id = created["id"].as_str().unwrap();
    assert_eq!(created, json!({"id": id, "external": true, "status": "online"}));
    let row =
        "select concat_ws(' ', status, runtime, url, delivery_mode) from workspaces where id = $1::uuid";
    assert_eq!(server.sql_value::<String>(row, id).await, "online external http://127.0.0.1:9 push");
    assert_eq!(server.payload_of(id, "WORKSPACE_ONLINE").await, json!({"name": "mine", "external": true}));
    let cached = server.app.store.cache.url(self::id(id)).await.unwrap();
    assert_eq!(cached.as_deref(), Some("http://127.0.0.1:9"));
}

#[tokio::test]
async fn the_connection_names_the_address_the_operator_used() {
    let server = local().await;
    let forwarded = server
        .admin(Method::POST, "/workspaces")
        .header("X-Forwarded-Proto", "https")
        .header("X-Forwarded-Host", "tenant.example")
        .json(&json!({"name": "a", "external": true}))
        .answer()
        .await;
    assert_eq!(forwarded.json()["connection"]["platform_url"], "https://tenant.example");
    let named =
        TestServer::start([("ADMIN_TOKEN", ADMIN), ("EXTERNAL_PLATFORM_URL", "https://named.example/")])
            .await;
    let created = named.create(json!({"name": "a", "external": true})).await;
    assert_eq!(created["connection"]["platform_url"], "https://named.example");
}

/// Ledger: REG-65, PROV-06.
#[tokio::test]
async fn without_a_backend_a_workspace_fails_at_once_and_says_why() {
    let server = local().await;
    let created = server.create(json!({"name": "a", "tier": 2})).await;
    assert_eq!(created["status"], "provisioning");
    let id = created["id"].as_str().unwrap();
    assert_eq!(server.db_status(id).await, "failed");
    let said: String =
        server.sql_value("select last_sample_error from workspaces where id = $1::uuid", id).await;
    assert!(said.starts_with("no provisioning backend available — workspace requires either"), "{said}");
    assert_eq!(server.events_of(id).await, ["WORKSPACE_PROVISIONING", "WORKSPACE_PROVISION_FAILED"]);
    assert_eq!(server.payload_of(id, "WORKSPACE_PROVISION_FAILED").await, json!({"error": said}));
    let config: Value =
        server.sql_value("select data from workspace_config where workspace_id = $1::uuid", id).await;
    assert_eq!(config, json!({"name": "a", "runtime": "claude-code", "tier": 2, "template": ""}));
}

/// Ledger: REG-96, EDGE-102.
#[tokio::test]
async fn the_public_read_shows_no_money_errors_work_or_host_paths() {
    let server = local().await;
    let id = server.created(json!({"name": "a", "budget_limit": 5, "workspace_dir": "/srv/x"})).await;
    let busy =
        "update workspaces set current_task = 'secret plan', last_sample_error = 'oops', monthly_spend = 3,
                role = 'r', url = 'http://agent' where id = $1::uuid";
    server.sql(busy, &id).await;
    let public = server.get(&format!("/workspaces/{id}")).answer().await.json();
    let listed = server.admin(Method::GET, "/workspaces").answer().await.json()[0].clone();
    for private in ["budget_limit", "monthly_spend", "current_task", "last_sample_error", "workspace_dir"] {
        assert!(public.get(private).is_none(), "{private} is public: {public}");
        assert!(!listed[private].is_null(), "{private} is missing for administrators: {listed}");
    }
    assert_eq!(
        (&public["url"], &public["role"], &public["tier"]),
        (&json!("http://agent"), &json!("r"), &json!(3))
    );
    assert_eq!(public["last_outbound_at"], Value::Null);
    server.get("/workspaces/not-a-uuid").answer().await.refused(400, "invalid workspace ID");
    server
        .get(&format!("/workspaces/{}", uuid::Uuid::new_v4()))
        .answer()
        .await
        .refused(404, "workspace not found");
}

/// Ledger: REG-126.
#[tokio::test]
async fn a_row_with_every_nullable_column_null_is_readable_everywhere() {
    let server = local().await;
    let id = server.workspace("bare").await;
    let bare = "update workspaces set role = null, tier = null, agent_card = null, url = null, last_error_rate = null,
        last_sample_error = null, active_tasks = null, uptime_seconds = null, current_task = null,
        awareness_namespace = null, runtime = null, delivery_mode = null, created_at = null, updated_at = null
        where id = $1::uuid";
    server.sql(bare, &id).await;
    let token = server.token(&id).await;
    for path in
        [format!("/workspaces/{id}"), format!("/registry/{id}/peers"), format!("/workspaces/{id}/state")]
    {
        assert_eq!(server.get(&path).bearer_auth(&token).status().await, 200, "{path}");
    }
    assert_eq!(server.admin(Method::GET, "/workspaces").status().await, 200);
    assert_eq!(server.admin(Method::GET, "/events").status().await, 200);
    assert_eq!(server.beat(&id, &token, json!({})).await.status.as_u16(), 200);
    server.sql(bare, &id).await;
    let answer =
        server.register(&json!({"id": id, "agent_card": null, "delivery_mode": "poll"}), &token).await;
    assert_eq!(answer.status.as_u16(), 200, "{answer:?}");
    assert_eq!(server.delete(&id, "?purge=true").await.status.as_u16(), 200);
}

/// Ledger: REG-99, REG-98.
#[tokio::test]
async fn a_patch_changes_what_it_names_and_never_the_ceiling() {
    let server = local().await;
    let id = server.created(json!({"name": "a", "budget_limit": 5, "role": "r"})).await;
    let token = server.token(&id).await;
    let patch = async |body: Value| {
        let request = server.request(Method::PATCH, &format!("/workspaces/{id}")).bearer_auth(&token);
        request.json(&body).answer().await
    };
    assert_eq!(
        patch(json!({"budget_limit": null, "status": "online"})).await.json(),
        json!({"status": "updated"})
    );
    let row = "select concat_ws('|', name, role, tier, budget_limit, status, workspace_dir) from workspaces
               where id = $1::uuid";
    assert_eq!(server.sql_value::<String>(row, &id).await, "a|r|3|5|failed");
    let moved =
        patch(json!({"name": "b", "role": null, "tier": 4, "workspace_dir": "/srv/b", "x": 1.5, "y": 2}))
            .await;
    assert_eq!(moved.json(), json!({"status": "updated", "needs_restart": true}));
    assert_eq!(server.sql_value::<String>(row, &id).await, "b|4|5|failed|/srv/b");
    patch(json!({"x": 9, "collapsed": true})).await;
    let layout = "select concat_ws(' ', x, y, collapsed) from canvas_layouts where workspace_id = $1::uuid";
    assert_eq!(server.sql_value::<String>(layout, &id).await, "1.5 2 t", "x without y is no position");

    for (body, error) in [
        (json!({"name": 7}), "invalid request body"),
        (json!({"tier": "big"}), "invalid request body"),
        (json!({"parent_id": "nobody"}), "invalid request body"),
        (json!({"name": "a\nb"}), "name must not contain newline characters"),
        (json!({"role": "a|b"}), "role contains invalid characters"),
        (json!({"name": "x".repeat(256)}), "name must be at most 255 characters"),
        (json!({"runtime": "x".repeat(101)}), "runtime must be at most 100 characters"),
        (json!({"workspace_dir": "/proc"}), "invalid workspace directory"),
    ] {
        patch(body).await.refused(400, error);
    }
    let halfway = patch(json!({"name": "never", "parent_id": uuid::Uuid::new_v4()})).await;
    halfway.refused(500, "update failed");
    assert_eq!(server.sql_value::<String>(row, &id).await, "b|4|5|failed|/srv/b", "all or nothing");
    let unknown = format!("/workspaces/{}", uuid::Uuid::new_v4());
    let unknown = server.admin(Method::PATCH, &unknown).json(&json!({"name": "x"})).answer().await;
    unknown.refused(404, "workspace not found");
}

#[tokio::test]
async fn the_ceiling_is_set_by_an_administrator_alone() {
    let server = local().await;
    let id = server.created(json!({"name": "a"})).await;
    let token = server.token(&id).await;
    let path = format!("/workspaces/{id}/budget");
    let shown = server.get(&path).bearer_auth(&token).answer().await.json();
    assert_eq!(shown, json!({"budget_limit": null, "monthly_spend": 0, "budget_remaining": null}));
    let own = server.request(Method::PATCH, &path).bearer_auth(&token).json(&json!({"budget_limit": 9}));
    own.answer().await.refused(401, "invalid admin auth token");
    server.sql("update workspaces set monthly_spend = 30 where id = $1::uuid", &id).await;
    let set = server.admin(Method::PATCH, &path).json(&json!({"budget_limit": 20})).answer().await.json();
    assert_eq!(set, json!({"budget_limit": 20, "monthly_spend": 30, "budget_remaining": -10}));
    let empty = server.admin(Method::PATCH, &path).json(&json!({})).answer().await;
    empty.refused(400, "budget_limit field is required");
    let nobody = format!("/workspaces/{}/budget", uuid::Uuid::new_v4());
    server.admin(Method::GET, &nobody).answer().await.refused(404, "workspace not found");
}

#[tokio::test]
async fn the_state_says_paused_and_deleted() {
    let server = local().await;
    let id = server.workspace("a").await;
    let path = format!("/workspaces/{id}/state");
    let state = async || server.admin(Method::GET, &path).answer().await;
    assert_eq!(
        state().await.json(),
        json!({"workspace_id": id, "status": "online", "paused": false, "deleted": false})
    );
    server.set_status(&id, "paused").await;
    assert_eq!(state().await.json()["paused"], true);
    server.set_status(&id, "removed").await;
    let removed = state().await;
    assert_eq!(removed.status.as_u16(), 404);
    assert_eq!(removed.json(), json!({"workspace_id": id, "status": "removed", "deleted": true}));
    let nobody = uuid::Uuid::new_v4().to_string();
    let missing = server.admin(Method::GET, &format!("/workspaces/{nobody}/state")).answer().await;
    assert_eq!(
        (missing.status.as_u16(), missing.json()),
        (404, json!({"workspace_id": nobody, "deleted": true}))
    );
}

/// Ledger: REG-101, PROV-93.
#[tokio::test]
async fn a_failed_bootstrap_is_taken_from_a_provisioning_workspace_once() {
    let server = local().await;
    let id = server.workspace("a").await;
    server.set_status(&id, "provisioning").await;
    let path = format!("/admin/workspaces/{id}/bootstrap-failed");
    let report = async |body: Value| server.admin(Method::POST, &path).json(&body).answer().await.json();
    let tail = format!("{}END", "é".repeat(5000));
    assert_eq!(report(json!({"error": "no disk", "log_tail": tail})).await, json!({"ok": true}));
    assert_eq!(report(json!({"error": "again"})).await, json!({"ok": true, "no_change": true}));
    let payload = server.payload_of(&id, "WORKSPACE_PROVISION_FAILED").await;
    assert_eq!((&payload["error"], &payload["source"]), (&json!("no disk"), &json!("bootstrap_watcher")));
    let sent = payload["log_tail"].as_str().unwrap();
    assert!(sent.starts_with("...(truncated)...\n") && sent.ends_with("END") && sent.len() <= 8192 + 18);
    let stored: String =
        server.sql_value("select last_sample_error from workspaces where id = $1::uuid", &id).await;
    assert!(
        stored.starts_with("no disk\n\n...(truncated)") && stored.len() <= 8192,
        "{} bytes",
        stored.len()
    );
    assert_eq!(server.events_of(&id).await, ["WORKSPACE_PROVISION_FAILED"]);
    let bad = server.admin(Method::POST, &path).body("{").answer().await;
    bad.refused(400, "invalid request body");
}

/// Ledger: REG-118.
#[tokio::test]
async fn the_shared_context_route_is_gone() {
    let server = local().await;
    let id = server.workspace("a").await;
    let path = format!("/workspaces/{id}/shared-context");
    assert_eq!(server.admin(Method::GET, &path).status().await, 404);
}

#[tokio::test]
async fn a_workspace_starts_out_with_the_usable_memories_it_was_given() {
    let server = local().await;
    let ws = server
        .created(json!({"name": "a", "initial_memories": [
            {"content": "the sky is blue"},
            {"content": "Authorization: Bearer abc123", "scope": "team"},
            {"content": "lost", "scope": "galaxy"},
            {"content": ""},
        ]}))
        .await;
    let stored = "select string_agg(concat_ws('|', scope, namespace, content), chr(10) order by scope)
                  from agent_memories where workspace_id = $1::uuid";
    assert_eq!(
        server.sql_value::<String>(stored, &ws).await,
        format!(
            "LOCAL|workspace:{ws}|the sky is blue\nTEAM|workspace:{ws}|Authorization: [REDACTED:BEARER_TOKEN]"
        )
    );
}
