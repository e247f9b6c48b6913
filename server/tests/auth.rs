//! Who may call what: every rule of the ladder, on the routes that carry it.

use reqwest::Method;
use serde_json::json;

use crate::support::{Answering, TestServer};

const ADMIN: (&str, &str) = ("ADMIN_TOKEN", "the-admin-token");
const CANVAS: (&str, &str) = ("CANVAS_PROXY_URL", "http://127.0.0.1:1");

/// An organisation token, minted by the administrator.
async fn org_token(server: &TestServer) -> String {
    let answer = server.post("/org/tokens").bearer_auth(ADMIN.1).answer().await;
    answer.json()["auth_token"].as_str().unwrap().to_owned()
}

/// Ledger: EDGE-40, EDGE-39.
#[tokio::test]
async fn with_an_admin_token_there_is_no_bootstrap_window_and_workspace_tokens_are_refused() {
    let server = TestServer::start([ADMIN]).await;
    server.get("/admin/liveness").answer().await.refused(401, "admin auth required");
    assert_eq!(server.get("/admin/liveness").bearer_auth(ADMIN.1).status().await, 200);
    let workspace = server.workspace("a").await;
    let token = server.token(&workspace).await;
    server.get("/admin/liveness").bearer_auth(&token).answer().await.refused(401, "invalid admin auth token");
    assert_eq!(server.get("/admin/liveness").bearer_auth(org_token(&server).await).status().await, 200);
}

#[tokio::test]
async fn a_fresh_install_is_open_until_its_first_token() {
    let server = TestServer::start([]).await;
    assert_eq!(server.get("/admin/liveness").status().await, 200);
    let workspace = server.workspace("a").await;
    let token = server.token(&workspace).await;
    server.get("/admin/liveness").answer().await.refused(401, "admin auth required");
    server
        .get("/admin/liveness")
        .bearer_auth("nonsense")
        .answer()
        .await
        .refused(401, "invalid admin auth token");
    assert_eq!(server.get("/admin/liveness").bearer_auth(token).status().await, 200);
}

/// Ledger: EDGE-41.
#[tokio::test]
async fn the_admin_rule_ignores_origin_and_referer() {
    let server = TestServer::start([ADMIN, CANVAS]).await;
    for (name, value) in [("origin", server.host()), ("referer", format!("{}/", server.host()))] {
        let request = server.get("/admin/liveness").header(name, format!("http://{value}"));
        request.answer().await.refused(401, "admin auth required");
    }
}

/// Ledger: EDGE-05, EDGE-121.
#[tokio::test]
async fn a_workspace_token_opens_its_own_workspace_only() {
    let server = TestServer::start([ADMIN]).await;
    let (one, two) = (server.workspace("one").await, server.workspace("two").await);
    let token = server.token(&one).await;
    let path = |id: &str| format!("/workspaces/{id}/tokens");
    assert_eq!(server.get(&path(&one)).bearer_auth(&token).status().await, 200);
    let other = server.get(&path(&two)).bearer_auth(&token).answer().await;
    other.refused(401, "invalid workspace auth token");
    server.get(&path(&one)).answer().await.refused(401, "missing workspace auth token");
    let lower_case_scheme = server.get(&path(&one)).header("authorization", format!("bearer {token}"));
    lower_case_scheme.answer().await.refused(401, "missing workspace auth token");
    for above in [ADMIN.1.to_owned(), org_token(&server).await] {
        assert_eq!(server.get(&path(&two)).bearer_auth(&above).status().await, 200);
    }
    let unknown = server.get(&path("0b0e7f6e-1111-4222-8333-444455556666")).bearer_auth(&token);
    unknown.answer().await.refused(401, "invalid workspace auth token");
}

/// Ledger: EDGE-07.
#[tokio::test]
async fn a_removed_workspaces_token_is_dead_everywhere() {
    let server = TestServer::start([]).await;
    let (gone, other) = (server.workspace("gone").await, server.workspace("other").await);
    let (token, _) = (server.token(&gone).await, server.token(&other).await);
    server.sql("update workspaces set status = 'removed' where id = $1::uuid", &gone).await;
    let path = format!("/workspaces/{gone}/tokens");
    server.get(&path).bearer_auth(&token).answer().await.refused(401, "invalid workspace auth token");
    server.get("/admin/liveness").bearer_auth(&token).answer().await.refused(401, "invalid admin auth token");
}

/// Ledger: EDGE-42.
#[tokio::test]
async fn an_invalid_bearer_never_falls_through_to_the_same_origin_rule() {
    let server = TestServer::start([ADMIN, CANVAS]).await;
    let workspace = server.workspace("a").await;
    let path = format!("/workspaces/{workspace}/tokens");
    let origin = format!("http://{}", server.host());
    assert_eq!(server.get(&path).header("origin", &origin).status().await, 200);
    let dead = server.get(&path).header("origin", &origin).bearer_auth("dead");
    dead.answer().await.refused(401, "invalid workspace auth token");
}

/// Ledger: EDGE-43.
#[tokio::test]
async fn development_without_an_admin_token_is_open_and_nothing_else_is() {
    for (word, admin, status) in [("dev", "", 200), ("staging", "", 401), ("dev", ADMIN.1, 401)] {
        let server = TestServer::start([("MOLECULE_ENV", word), ("ADMIN_TOKEN", admin)]).await;
        let workspace = server.workspace("a").await;
        server.token(&workspace).await;
        assert_eq!(server.get("/admin/liveness").status().await, status, "{word}");
        let answer = server.get(&format!("/workspaces/{workspace}/tokens")).answer().await;
        assert_eq!(answer.status.as_u16(), status, "{word}");
        let unlimited = answer.header("x-ratelimit-limit") == "unlimited";
        assert_eq!(unlimited, status == 200, "{word}");
    }
}

/// Ledger: EDGE-44, EDGE-55.
#[tokio::test]
async fn a_datastore_outage_is_503_and_names_no_database() {
    let server = TestServer::start([ADMIN]).await;
    let workspace = server.workspace("a").await;
    server.app.store.db.close().await;
    for path in ["/admin/liveness".to_owned(), format!("/workspaces/{workspace}/tokens")] {
        let answer = server.get(&path).bearer_auth("any").answer().await;
        answer.refused(503, "platform datastore unavailable — retry shortly");
        assert_eq!(answer.json()["code"], "platform_unavailable");
        assert_eq!(answer.json().as_object().unwrap().len(), 2, "{answer:?}");
    }
}

/// Ledger: EDGE-102.
#[tokio::test]
async fn a_malformed_workspace_id_is_400_after_authentication() {
    let server = TestServer::start([ADMIN]).await;
    for id in [
        "not-a-uuid",
        "..%2f..%2fetc",
        "0b0e7f6e111142228333444455556666",
        "urn:uuid:0b0e7f6e-1111-4222-8333-444455556666",
        "%7B0b0e7f6e-1111-4222-8333-444455556666%7D",
    ] {
        let path = format!("/workspaces/{id}/tokens");
        server.get(&path).bearer_auth(ADMIN.1).answer().await.refused(400, "invalid workspace ID");
        server.get(&path).answer().await.refused(401, "missing workspace auth token");
    }
}

/// Ledger: EDGE-04.
#[tokio::test]
async fn a_test_token_needs_the_admin_token_itself_when_there_is_one() {
    let server = TestServer::start([ADMIN]).await;
    let workspace = server.workspace("a").await;
    let token = server.token(&workspace).await;
    let path = format!("/admin/workspaces/{workspace}/test-token");
    server.get(&path).answer().await.refused(401, "admin auth required");
    for wrong in ["wrong".to_owned(), org_token(&server).await, token] {
        server.get(&path).bearer_auth(wrong).answer().await.refused(401, "admin auth required");
    }
    let answer = server.get(&path).bearer_auth(ADMIN.1).answer().await;
    assert_eq!(answer.json()["workspace_id"], json!(workspace));
    let minted = answer.json()["auth_token"].as_str().unwrap().to_owned();
    assert_eq!(
        server.get(&format!("/workspaces/{workspace}/tokens")).bearer_auth(minted).status().await,
        200
    );

    let open = TestServer::start([]).await;
    let workspace = open.workspace("a").await;
    assert_eq!(open.get(&format!("/admin/workspaces/{workspace}/test-token")).status().await, 200);
    let unknown = open.get("/admin/workspaces/0b0e7f6e-1111-4222-8333-444455556666/test-token");
    unknown.answer().await.refused(404, "workspace not found");
}

#[tokio::test]
async fn the_test_token_route_does_not_exist_in_production_unless_forced() {
    let key = ("SECRETS_ENCRYPTION_KEY", "0123456789abcdef0123456789abcdef");
    for (forced, status) in [("", 404), ("0", 404), ("true", 404), ("1", 200)] {
        let env = [ADMIN, key, ("MOLECULE_ENV", "production"), ("MOLECULE_ENABLE_TEST_TOKENS", forced)];
        let server = TestServer::start(env).await;
        let workspace = server.workspace("a").await;
        let path = format!("/admin/workspaces/{workspace}/test-token");
        let answer = server.get(&path).bearer_auth(ADMIN.1).answer().await;
        assert_eq!(answer.status.as_u16(), status, "{forced:?}");
        if status == 404 {
            answer.refused(404, "not found");
        }
    }
}

/// Ledger: EDGE-109.
#[tokio::test]
async fn last_used_at_follows_a_validation_and_never_fails_a_request() {
    let server = TestServer::start([ADMIN]).await;
    let workspace = server.workspace("a").await;
    let token = server.token(&workspace).await;
    let used = "select count(*) from workspace_auth_tokens where workspace_id = $1::uuid and last_used_at is not null";
    assert_eq!(server.sql_value::<i64>(used, &workspace).await, 0);
    let path = format!("/workspaces/{workspace}/tokens");
    assert_eq!(server.get(&path).bearer_auth(&token).status().await, 200);
    assert_eq!(server.sql_value::<i64>(used, &workspace).await, 1);
    let forbid = "create function refuse() returns trigger language plpgsql as
        $$ begin raise exception 'no updates'; end $$";
    sqlx::query(forbid).execute(&server.app.store.db).await.unwrap();
    let trigger = "create trigger refuse before update on workspace_auth_tokens
        for each row execute function refuse()";
    sqlx::query(trigger).execute(&server.app.store.db).await.unwrap();
    assert_eq!(server.get(&path).bearer_auth(&token).status().await, 200);
}

/// Ledger: EDGE-123.
#[tokio::test]
async fn the_inbound_secret_is_no_bearer_of_the_server() {
    let server = TestServer::start([ADMIN]).await;
    let workspace = server.workspace("a").await;
    let query = "update workspaces set platform_inbound_secret = 'inbound-secret' where id = $1::uuid";
    server.sql(query, &workspace).await;
    let request = server.request(Method::GET, &format!("/workspaces/{workspace}/tokens"));
    request.bearer_auth("inbound-secret").answer().await.refused(401, "invalid workspace auth token");
}
