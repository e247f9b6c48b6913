//! Agents announce themselves and are told what they need.

use serde_json::{Value, json};

use crate::support::{
    Answering, TestServer,
    acting::id,
    plane::{ADMIN, tenant},
};

async fn local() -> TestServer {
    TestServer::start([("ADMIN_TOKEN", ADMIN), ("AGENT_ALLOWED_CIDRS", "127.0.0.0/8")]).await
}

fn push(workspace: &str, url: &str) -> Value {
    json!({"id": workspace, "url": url, "agent_card": {"name": "a"}})
}

/// Ledger: REG-24, REG-25, REG-23.
#[tokio::test]
async fn the_first_registration_shows_a_token_once_and_binds_the_workspace_to_it() {
    let server = local().await;
    let id = server.workspace("a").await;
    let first = server.register(&push(&id, "http://127.0.0.1:9001"), "stale").await.json();
    assert_eq!((&first["status"], &first["delivery_mode"]), (&json!("registered"), &json!("push")));
    let token = first["auth_token"].as_str().unwrap();
    let secret = first["platform_inbound_secret"].as_str().unwrap();
    assert_eq!((token.len(), secret.len()), (43, 43));

    let hijack = push(&id, "http://127.0.0.1:6666");
    server.register(&hijack, "stranger").await.refused(401, "invalid workspace auth token");
    let bare = server.post("/registry/register").json(&hijack).answer().await;
    bare.refused(401, "missing workspace auth token");
    let url = "select url from workspaces where id = $1::uuid";
    assert_eq!(server.sql_value::<String>(url, &id).await, "http://127.0.0.1:9001");

    let again = server.register(&push(&id, "http://127.0.0.1:9002"), token).await.json();
    assert!(again.get("auth_token").is_none(), "{again}");
    assert_eq!(again["platform_inbound_secret"], *secret);
    let online = server.payload_of(&id, "WORKSPACE_ONLINE").await;
    assert_eq!(online["agent_card"], json!({"name": "a"}));
}

#[tokio::test]
async fn an_unknown_id_registers_under_its_id_as_name() {
    let server = local().await;
    let id = uuid::Uuid::new_v4().to_string();
    let answer = server.register(&push(&id, "http://127.0.0.1:9001"), "none").await;
    assert_eq!(answer.status.as_u16(), 200, "{answer:?}");
    let row = "select concat_ws(' ', name = id::text, status, delivery_mode, url) from workspaces where id = $1::uuid";
    assert_eq!(server.sql_value::<String>(row, &id).await, "t online push http://127.0.0.1:9001");
    let (cache, typed) = (&server.app.store.cache, self::id(&id));
    assert!(cache.is_alive(typed).await.unwrap());
    assert_eq!(cache.internal_url(typed).await.unwrap().as_deref(), Some("http://127.0.0.1:9001"));
}

/// Ledger: REG-17, REG-18, REG-19, REG-20, REG-22.
#[tokio::test]
async fn the_mode_decides_whether_an_address_is_needed_and_is_kept() {
    let server = local().await;
    let id = server.workspace("a").await;
    let bare = json!({"id": id, "agent_card": {}});
    server.register(&bare, "none").await.refused(400, "url is required");
    let fax = json!({"id": id, "agent_card": {}, "delivery_mode": "fax"});
    server.register(&fax, "none").await.refused(400, "delivery_mode must be 'push' or 'poll'");
    assert_eq!(server.count("select count(*) from workspace_auth_tokens where $1 = ''", "").await, 0);
    assert!(server.events_of(&id).await.is_empty());

    server.app.store.cache.set_url(self::id(&id), "http://stale").await.unwrap();
    let token = server.registered(&id).await;
    assert_eq!(server.db_status(&id).await, "online");
    assert_eq!(server.app.store.cache.url(self::id(&id)).await.unwrap(), None);
    assert_eq!(server.app.store.cache.internal_url(self::id(&id)).await.unwrap(), None);
    let again = server.register(&bare, &token).await.json();
    assert_eq!(again["delivery_mode"], "poll", "a later registration keeps the stored mode");
    let mode = "select delivery_mode from workspaces where id = $1::uuid";
    assert_eq!(server.sql_value::<String>(mode, &id).await, "poll");
}

/// Ledger: REG-21.
#[tokio::test]
async fn without_a_word_an_external_agent_polls_and_any_other_is_pushed() {
    let server = local().await;
    let external = server.workspace("a").await;
    server
        .sql(
            "update workspaces set runtime = 'external', delivery_mode = null where id = $1::uuid",
            &external,
        )
        .await;
    let answer = server.register(&json!({"id": external, "agent_card": {}}), "none").await.json();
    assert_eq!(answer["delivery_mode"], "poll");
    let other = server.workspace("b").await;
    server.sql("update workspaces set delivery_mode = null where id = $1::uuid", &other).await;
    let answer = server.register(&push(&other, "http://127.0.0.1:9001"), "none").await.json();
    assert_eq!(answer["delivery_mode"], "push");
}

#[tokio::test]
async fn a_pollers_bad_address_is_dropped_and_a_pushed_ones_is_refused() {
    let server = local().await;
    let id = server.workspace("a").await;
    for (url, error) in [
        ("ftp://example.com", "url scheme must be http or https"),
        ("http://no.such.host.invalid", "url cannot be resolved"),
    ] {
        server.register(&push(&id, url), "none").await.refused(400, error);
    }
    let metadata = server.register(&push(&id, "http://169.254.169.254/x"), "none").await;
    assert!(metadata.json()["error"].as_str().unwrap().starts_with("url targets a blocked address: "));
    let mut poll = push(&id, "http://169.254.169.254/x");
    poll["delivery_mode"] = "poll".into();
    assert_eq!(server.register(&poll, "none").await.status.as_u16(), 200);
    assert_eq!(server.sql_value::<String>("select url from workspaces where id = $1::uuid", &id).await, "");
}

/// Ledger: REG-26.
#[tokio::test]
async fn a_missing_inbound_secret_is_healed_in_the_same_answer() {
    let server = local().await;
    let id = server.workspace("a").await;
    let token = server.registered(&id).await;
    server.sql("update workspaces set platform_inbound_secret = null where id = $1::uuid", &id).await;
    server.app.inbound_secrets.forget(self::id(&id));
    let poll = json!({"id": id, "agent_card": {}});
    let shown = server.register(&poll, &token).await.json()["platform_inbound_secret"].clone();
    let stored = "select platform_inbound_secret from workspaces where id = $1::uuid";
    assert_eq!(shown, json!(server.sql_value::<String>(stored, &id).await));

    // A secret that cannot be stored leaves the field out and nothing else.
    server.sql("update workspaces set platform_inbound_secret = null where id = $1::uuid", &id).await;
    server.app.inbound_secrets.forget(self::id(&id));
    let full = "alter table workspaces add constraint full_disk check (platform_inbound_secret is null)";
    sqlx::query(full).execute(&server.app.store.db).await.unwrap();
    let answer = server.register(&poll, &token).await;
    assert_eq!(answer.status.as_u16(), 200, "{answer:?}");
    assert!(answer.json().get("platform_inbound_secret").is_none(), "{answer:?}");
    let beat = server.beat(&id, &token, json!({})).await;
    assert_eq!(beat.json(), json!({"status": "ok"}));
}

/// Ledger: REG-27, REG-28.
#[tokio::test]
async fn every_beat_echoes_the_inbound_secret_from_a_write_through_cache() {
    let server = local().await;
    let id = server.workspace("a").await;
    let token = server.registered(&id).await;
    let echoed = async || server.beat(&id, &token, json!({})).await.json()["platform_inbound_secret"].clone();
    let first = echoed().await;
    server.sql("update workspaces set platform_inbound_secret = 'rotated' where id = $1::uuid", &id).await;
    assert_eq!(echoed().await, first, "a read is believed for a while");
    server.app.inbound_secrets.mint(&server.app.store, self::id(&id)).await.unwrap();
    let stored = "select platform_inbound_secret from workspaces where id = $1::uuid";
    let minted: String = server.sql_value(stored, &id).await;
    assert_eq!(echoed().await, json!(minted), "a mint is seen at once");
    server.sql("update workspaces set platform_inbound_secret = null where id = $1::uuid", &id).await;
    server.app.inbound_secrets.forget(self::id(&id));
    assert!(echoed().await.is_string(), "absence is healed, not remembered");
}

/// Ledger: REG-29.
#[tokio::test]
async fn the_heal_helper_has_one_contract() {
    let server = local().await;
    let (store, secrets) = (&server.app.store, &server.app.inbound_secrets);
    let ws = server.workspace("a").await;
    let healed = secrets.read_or_heal(store, id(&ws)).await.unwrap();
    assert!(healed.healed);
    secrets.forget(id(&ws));
    assert!(!secrets.read_or_heal(store, id(&ws)).await.unwrap().healed);
    secrets.forget(id(&ws));
    assert!(secrets.read_or_heal(store, id(&uuid::Uuid::new_v4().to_string())).await.is_err(), "no row");
    store.db.close().await;
    assert!(secrets.read_or_heal(store, id(&ws)).await.is_err(), "the read failed");
}

/// Ledger: REG-35, REG-36.
#[tokio::test]
async fn a_removed_workspace_is_never_resurrected() {
    let server = local().await;
    let id = server.created(json!({"name": "a"})).await;
    let token = server.registered(&id).await;
    server.delete(&id, "").await;
    let before = server.events_of(&id).await;
    for bearer in [token.as_str(), "none"] {
        let poll = json!({"id": id, "agent_card": {}, "delivery_mode": "poll"});
        server.register(&poll, bearer).await.refused(401, "invalid workspace auth token");
        server.beat(&id, bearer, json!({})).await.refused(401, "invalid workspace auth token");
        let card = json!({"workspace_id": id, "agent_card": {}});
        let card = server.post("/registry/update-card").bearer_auth(bearer).json(&card).answer().await;
        card.refused(401, "invalid workspace auth token");
    }
    assert_eq!(server.db_status(&id).await, "removed");
    assert_eq!(server.events_of(&id).await, before);
    let live =
        "select count(*) from workspace_auth_tokens where workspace_id = $1::uuid and revoked_at is null";
    assert_eq!(server.count(live, &id).await, 0);
}

#[tokio::test]
async fn a_card_is_stored_and_announced_for_a_known_workspace_alone() {
    let server = local().await;
    let id = server.workspace("a").await;
    let token = server.registered(&id).await;
    let update = async |workspace: &str, card: Value| {
        let body = json!({"workspace_id": workspace, "agent_card": card});
        server.post("/registry/update-card").bearer_auth(&token).json(&body).answer().await
    };
    assert_eq!(update(&id, json!({"v": 2})).await.json(), json!({"status": "updated"}));
    assert_eq!(server.payload_of(&id, "AGENT_CARD_UPDATED").await, json!({"agent_card": {"v": 2}}));
    let nobody = uuid::Uuid::new_v4().to_string();
    assert_eq!(update(&nobody, json!({})).await.status.as_u16(), 200);
    assert!(server.events_of(&nobody).await.is_empty());
    let bare = json!({"workspace_id": id});
    let bare = server.post("/registry/update-card").bearer_auth(&token).json(&bare).answer().await;
    bare.refused(400, "invalid request body");
}

#[tokio::test]
async fn registry_bodies_name_a_workspace_in_its_one_spelling() {
    let server = local().await;
    for body in [
        json!({"agent_card": {}}),
        json!({"id": "x", "agent_card": {}}),
        json!({"id": "0b0e7f6e111142228333444455556666", "agent_card": {}}),
        json!({"id": uuid::Uuid::new_v4()}),
    ] {
        server.register(&body, "none").await.refused(400, "invalid request body");
    }
    server.beat("x", "none", json!({})).await.refused(400, "invalid request body");
}

/// Ledger: REG-115.
#[tokio::test]
async fn only_register_and_heartbeat_pass_without_the_org() {
    let (server, _) = tenant().await;
    let id = server.workspace("a").await;
    let token = server.registered(&id).await;
    assert_eq!(server.beat(&id, &token, json!({})).await.status.as_u16(), 200);
    let card = json!({"workspace_id": id, "agent_card": {}});
    server.post("/registry/update-card").bearer_auth(&token).json(&card).answer().await.empty(404);
    server.get(&format!("/registry/{id}/peers")).bearer_auth(&token).answer().await.empty(404);
    let discover = server.get(&format!("/registry/discover/{id}")).header("X-Workspace-ID", &id);
    discover.bearer_auth(&token).answer().await.empty(404);
}
