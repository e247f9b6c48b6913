//! The tree of workspaces: who may talk, who is listed, who is found where.

use reqwest::Method;
use serde_json::json;

use crate::support::{
    Answering, TestServer,
    acting::id,
    plane::{ADMIN, tenant},
};

async fn local() -> TestServer {
    TestServer::start([("ADMIN_TOKEN", ADMIN), ("AGENT_ALLOWED_CIDRS", "127.0.0.0/8")]).await
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
