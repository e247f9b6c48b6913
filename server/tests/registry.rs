//! Agents announce themselves, beat, and ask about each other.

use std::time::Duration;

use reqwest::Method;
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

/// Ledger: REG-34, REG-04.
#[tokio::test]
async fn a_beat_brings_back_who_was_thought_gone_and_nobody_else() {
    let server = local().await;
    let id = server.workspace("a").await;
    let token = server.registered(&id).await;
    for from in ["provisioning", "offline", "awaiting_agent"] {
        let before = server.events_of(&id).await.len();
        server.set_status(&id, from).await;
        server.beat(&id, &token, json!({"error_rate": 0.9, "runtime_state": "wedged"})).await;
        assert_eq!(server.db_status(&id).await, "online", "from {from}, one transition a beat");
        assert_eq!(server.events_of(&id).await[before..], ["WORKSPACE_ONLINE"], "from {from}");
        assert_eq!(server.payload_of(&id, "WORKSPACE_ONLINE").await, json!({"recovered_from": from}));
    }
    for still in ["paused", "hibernated", "hibernating", "failed"] {
        let before = server.events_of(&id).await.len();
        server.set_status(&id, still).await;
        assert_eq!(server.beat(&id, &token, json!({"error_rate": 0.9})).await.status.as_u16(), 200);
        assert_eq!(server.db_status(&id).await, still);
        assert_eq!(server.events_of(&id).await.len(), before);
    }
}

/// Ledger: REG-32, REG-33, REG-30, REG-31.
#[tokio::test]
async fn health_follows_the_error_rate_the_wedge_and_the_native_declaration() {
    let server = local().await;
    let id = server.workspace("a").await;
    let token = server.registered(&id).await;
    let native = json!({"capabilities": {"status_mgmt": true}});
    for (from, beat, to) in [
        ("online", json!({"error_rate": 0.49}), "online"),
        ("online", json!({"error_rate": 0.5}), "degraded"),
        ("degraded", json!({"error_rate": 0.1}), "degraded"),
        ("degraded", json!({"error_rate": 0.05, "runtime_state": "wedged"}), "degraded"),
        ("degraded", json!({"error_rate": 0.05}), "online"),
        ("online", json!({"error_rate": 0.8, "runtime_metadata": native}), "online"),
        ("degraded", json!({"error_rate": 0.05, "runtime_metadata": native}), "degraded"),
        ("online", json!({"runtime_state": "wedged", "runtime_metadata": native}), "degraded"),
        ("online", json!({"error_rate": 0.8}), "degraded"),
    ] {
        server.set_status(&id, from).await;
        server.beat(&id, &token, beat.clone()).await;
        assert_eq!(server.db_status(&id).await, to, "{from} {beat}");
    }
    let payload = server.payload_of(&id, "WORKSPACE_DEGRADED").await;
    assert_eq!(payload, json!({"error_rate": 0.8, "sample_error": ""}));
}

/// Ledger: REG-100.
#[tokio::test]
async fn the_reported_spend_is_clamped_and_zero_says_nothing() {
    let server = local().await;
    let id = server.workspace("a").await;
    let token = server.registered(&id).await;
    for (reported, stored) in [
        (json!(7), 7),
        (json!(-5), 7),
        (json!(0), 7),
        (json!(1_000_000_000_000_i64), 1_000_000_000_000),
        (json!(5), 5),
        (json!(i64::MAX), 1_000_000_000_000),
    ] {
        server.beat(&id, &token, json!({"monthly_spend": reported})).await;
        let spend = "select monthly_spend from workspaces where id = $1::uuid";
        assert_eq!(server.count(spend, &id).await, stored, "{reported}");
    }
}

/// Ledger: REG-81.
#[tokio::test]
async fn a_beat_arms_an_expired_liveness_key_again() {
    let server = local().await;
    let id = server.workspace("a").await;
    let token = server.registered(&id).await;
    server.app.store.cache.clear(self::id(&id)).await.unwrap();
    server.beat(&id, &token, json!({})).await;
    assert!(server.app.store.cache.is_alive(self::id(&id)).await.unwrap());
}

/// Ledger: REG-37, REG-38, REG-39.
#[tokio::test]
async fn what_a_beat_declares_holds_until_a_beat_drops_it() {
    let server = local().await;
    let (one, two) = (server.workspace("a").await, server.workspace("b").await);
    let (token, other) = (server.registered(&one).await, server.registered(&two).await);
    let overrides = &server.app.overrides;
    let declared =
        json!({"runtime_metadata": {"idle_timeout_seconds": 600, "capabilities": {"session": true}}});
    server.beat(&one, &token, declared).await;
    server.beat(&two, &other, json!({})).await;
    assert_eq!(overrides.idle_timeout(id(&one)), Some(Duration::from_secs(600)));
    assert!(overrides.has_native_session(id(&one)));
    assert_eq!(overrides.idle_timeout(id(&two)), None);
    server
        .beat(
            &one,
            &token,
            json!({"runtime_metadata": {"idle_timeout_seconds": -1, "capabilities": {"session": true}}}),
        )
        .await;
    assert_eq!((overrides.idle_timeout(id(&one)), overrides.has_native_session(id(&one))), (None, true));
    server.beat(&one, &token, json!({})).await;
    assert!(!overrides.has_native_session(id(&one)), "an old runtime said nothing");
}

#[tokio::test]
async fn a_beat_of_nobody_is_answered_and_leaves_no_trace() {
    let server = local().await;
    let nobody = uuid::Uuid::new_v4().to_string();
    let mut heard = server.app.events.subscribe_all();
    let answer = server.beat(&nobody, "x", json!({"runtime_metadata": {"idle_timeout_seconds": 5}})).await;
    assert_eq!(answer.json(), json!({"status": "ok"}));
    assert_eq!(server.app.overrides.idle_timeout(id(&nobody)), None);
    assert!(!server.app.store.cache.is_alive(id(&nobody)).await.unwrap());
    let real = server.workspace("a").await;
    server.registered(&real).await;
    let first = heard.next().await.unwrap();
    assert_eq!(first.workspace, Some(id(&real)), "the beat of nobody was not broadcast");
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

/// The tree of the hierarchy tests: a root with two teams of two, and a lone root.
struct Tree {
    root: String,
    left: String,
    right: String,
    left_one: String,
    left_two: String,
    right_one: String,
    lone: String,
}

async fn tree(server: &TestServer) -> Tree {
    let below = async |name: &'static str, parent: &str| {
        let row = server.workspace(name).await;
        let adopt = "update workspaces set parent_id = split_part($1, ' ', 2)::uuid where id = split_part($1, ' ', 1)::uuid";
        server.sql(adopt, &format!("{row} {parent}")).await;
        row
    };
    let root = server.workspace("root").await;
    let (left, right) = (below("left", &root).await, below("right", &root).await);
    Tree {
        left_one: below("left one", &left).await,
        left_two: below("left two", &left).await,
        right_one: below("right one", &right).await,
        lone: server.workspace("lone").await,
        root,
        left,
        right,
    }
}

async fn may(server: &TestServer, caller: &str, target: &str) -> bool {
    let body = json!({"caller_id": caller, "target_id": target});
    let answer = server.post("/registry/check-access").json(&body).answer().await;
    answer.json()["allowed"].as_bool().unwrap()
}

/// Ledger: REG-91, REG-92, REG-93.
#[tokio::test]
async fn the_tree_decides_who_may_talk_and_a_new_parent_counts_at_once() {
    let server = local().await;
    let tree = tree(&server).await;
    let nobody = uuid::Uuid::new_v4().to_string();
    for (one, other, allowed) in [
        (&tree.root, &tree.root, true),
        (&tree.root, &tree.lone, true),
        (&tree.left, &tree.right, true),
        (&tree.left_one, &tree.left_two, true),
        (&tree.root, &tree.left_one, true),
        (&tree.left_one, &tree.right_one, false),
        (&tree.left_one, &tree.right, false),
        (&tree.left_one, &tree.lone, false),
        (&tree.root, &nobody, false),
    ] {
        assert_eq!(may(&server, one, other).await, allowed, "{one} {other}");
        assert_eq!(may(&server, other, one).await, allowed, "{other} {one}");
    }
    let path = format!("/workspaces/{}", tree.right_one);
    let moved = server.admin(Method::PATCH, &path).json(&json!({"parent_id": tree.left})).answer().await;
    assert_eq!(moved.status.as_u16(), 200);
    assert!(may(&server, &tree.left_one, &tree.right_one).await);
    let empty = json!({"caller_id": "", "target_id": nobody});
    server.post("/registry/check-access").json(&empty).answer().await.refused(400, "invalid request body");
}

/// Ledger: REG-92.
#[tokio::test]
async fn a_parent_cycle_ends_the_walk() {
    let server = local().await;
    let tree = tree(&server).await;
    let knot = "update workspaces set parent_id = split_part($1, ' ', 2)::uuid where id = split_part($1, ' ', 1)::uuid";
    server.sql(knot, &format!("{} {}", tree.root, tree.left_one)).await;
    assert!(may(&server, &tree.root, &tree.left).await);
    assert!(!may(&server, &tree.root, &tree.lone).await);
    assert_eq!(server.delete(&tree.left, "?confirm=true").await.status.as_u16(), 200, "a delete ends too");
}

/// Ledger: REG-90, REG-05.
#[tokio::test]
async fn peers_are_siblings_then_children_then_the_parent() {
    let server = local().await;
    let tree = tree(&server).await;
    let names = async |workspace: &str, query: &str| {
        let path = format!("/registry/{workspace}/peers{query}");
        let peers = server.get(&path).answer().await.json();
        let peers = peers.as_array().unwrap().clone();
        peers.iter().map(|peer| peer["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(&tree.left, "").await, ["right", "left one", "left two", "root"]);
    assert_eq!(names(&tree.root, "").await, ["lone", "left", "right"]);
    assert_eq!(names(&tree.left, "?q=%20ONE").await, ["left one"]);
    assert_eq!(names(&tree.left, "?q=%20%20").await.len(), 4);
    assert!(names(&tree.left, "?q=zzz").await.is_empty());
    server.sql("update workspaces set role = 'Zebra keeper' where id = $1::uuid", &tree.right).await;
    assert_eq!(names(&tree.left, "?q=zeb").await, ["right"]);
    server.set_status(&tree.right, "removed").await;
    assert_eq!(names(&tree.left, "").await, ["left one", "left two", "root"]);
    let nobody = format!("/registry/{}/peers", uuid::Uuid::new_v4());
    server.get(&nobody).answer().await.refused(404, "workspace not found");
    server.get("/registry/not-a-uuid/peers").answer().await.refused(400, "invalid workspace ID");
}

/// Ledger: REG-89, EDGE-119.
#[tokio::test]
async fn discovery_wants_a_caller_its_token_and_a_relation() {
    let server = local().await;
    let tree = tree(&server).await;
    let path = format!("/registry/discover/{}", tree.right_one);
    server.get(&path).answer().await.refused(400, "X-Workspace-ID header is required");
    let ask = |caller: &str, path: &str, bearer: &str| {
        server.get(path).header("X-Workspace-ID", caller).bearer_auth(bearer)
    };
    let token = server.registered(&tree.left_one).await;
    let foreign = server.registered(&tree.lone).await;
    ask(&tree.left_one, &path, &foreign).answer().await.refused(401, "invalid workspace auth token");
    let bare = server.get(&path).header("X-Workspace-ID", &tree.left_one).answer().await;
    bare.refused(401, "missing workspace auth token");
    let refused = "not authorized to discover this workspace";
    ask(&tree.left_one, &path, &token).answer().await.refused(403, refused);
    let nobody = format!("/registry/discover/{}", uuid::Uuid::new_v4());
    ask(&tree.left_one, &nobody, &token).answer().await.refused(403, refused);
    server.set_status(&tree.left, "removed").await;
    ask(&tree.left, &path, "x").answer().await.refused(401, "invalid workspace auth token");
}

/// Ledger: REG-86, REG-88.
#[tokio::test]
async fn discovery_answers_with_an_address_the_caller_can_use_and_never_an_unsafe_one() {
    let (server, _) = tenant().await;
    let (asking, target) = (server.workspace("a").await, server.workspace("b").await);
    let discover = async || {
        let path = format!("/registry/discover/{target}");
        let request = server.get(&path).header("X-Workspace-ID", &asking);
        request.header("X-Molecule-Org-Id", crate::support::plane::ORG).answer().await
    };
    let unavailable = discover().await;
    unavailable.refused(503, "workspace not available");
    assert_eq!(unavailable.json()["status"], "online");
    let give = "update workspaces set url = split_part($1, ' ', 2), runtime = split_part($1, ' ', 3)
                where id = split_part($1, ' ', 1)::uuid";
    server.sql(give, &format!("{target} http://127.0.0.1:9001 claude-code")).await;
    assert_eq!(discover().await.json(), json!({"id": target, "url": "http://127.0.0.1:9001", "name": "b"}));
    server.app.store.cache.set_internal_url(id(&target), "http://inside:8000").await.unwrap();
    assert_eq!(discover().await.json()["url"], "http://inside:8000");
    server.sql(give, &format!("{target} http://169.254.169.254/ external")).await;
    discover().await.refused(503, "workspace URL failed safety check");
    server.sql(give, &format!("{target} http://127.0.0.1:9001 external")).await;
    server.sql("update workspaces set runtime = 'external' where id = $1::uuid", &asking).await;
    assert_eq!(
        discover().await.json()["url"],
        "http://127.0.0.1:9001",
        "an external caller gets it unchanged"
    );
}

/// Ledger: REG-87.
#[tokio::test]
async fn the_host_resolver_follows_redirects_and_refuses_metadata_addresses() {
    use server_app::registry::host_peer::HostPeerRefused;
    let server = TestServer::start([("ADMIN_TOKEN", ADMIN)]).await;
    let (from, to) = (server.workspace("a").await, server.workspace("b").await);
    let give = "update workspaces set url = split_part($1, ' ', 2) where id = split_part($1, ' ', 1)::uuid";
    let peer = async || server.app.host_peer(id(&from)).await;
    assert!(matches!(peer().await, Err(HostPeerRefused::NoUrl(_))));
    server.sql(give, &format!("{from} http://169.254.169.254/")).await;
    assert!(matches!(peer().await, Err(HostPeerRefused::Unsafe(_))));
    assert_eq!(server.app.store.cache.url(id(&from)).await.unwrap(), None, "a refused URL is not cached");
    server.sql(give, &format!("{from} http://8.8.8.8:80/x")).await;
    assert_eq!(peer().await.unwrap().url.as_url().as_str(), "http://8.8.8.8/x");
    assert_eq!(server.app.store.cache.url(id(&from)).await.unwrap().as_deref(), Some("http://8.8.8.8:80/x"));
    let forward = "update workspaces set forwarded_to = split_part($1, ' ', 2)::uuid
                   where id = split_part($1, ' ', 1)::uuid";
    server.sql(forward, &format!("{from} {to}")).await;
    server.sql(give, &format!("{to} http://9.9.9.9/")).await;
    assert_eq!(peer().await.unwrap().row.name, "b");
    server.sql(forward, &format!("{to} {from}")).await;
    assert!(peer().await.is_ok(), "a circle of redirects ends");
    server.app.store.cache.set_url(id(&uuid::Uuid::nil().to_string()), "http://8.8.8.8").await.unwrap();
    let nobody = server.app.host_peer(id(&uuid::Uuid::nil().to_string())).await;
    assert!(matches!(nobody, Err(HostPeerRefused::NotFound)), "a cached URL never stands for a row");
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
