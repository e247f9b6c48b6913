//! Token endpoints: shown once, listed by prefix, dead on revoke.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::support::{Answering, TestServer};

const ADMIN: (&str, &str) = ("ADMIN_TOKEN", "the-admin-token");

/// Ledger: EDGE-107.
#[tokio::test]
async fn a_workspace_token_is_shown_once_and_dies_at_once() {
    let server = TestServer::start([ADMIN]).await;
    let (one, two) = (server.workspace("one").await, server.workspace("two").await);
    let own = server.token(&one).await;
    let path = format!("/workspaces/{one}/tokens");

    let created = server.post(&path).bearer_auth(&own).answer().await;
    assert_eq!(created.status.as_u16(), 201);
    let created = created.json();
    let token = created["auth_token"].as_str().unwrap();
    assert_eq!(created["workspace_id"], json!(one));
    assert_eq!(created["message"], "Save this token now — it cannot be retrieved again.");

    let listed = server.get(&path).bearer_auth(token).answer().await;
    assert!(!listed.body.contains(token) && !listed.body.contains("hash"), "{listed:?}");
    let listed = listed.json();
    assert_eq!(listed["count"], 2);
    assert_eq!(listed["tokens"][0]["prefix"], token[..8]);
    assert_eq!(listed["tokens"][1]["prefix"], own[..8], "newest first");
    let hash: Vec<u8> =
        server.sql_value("select token_hash from workspace_auth_tokens where prefix = $1", &token[..8]).await;
    assert_eq!(hash, Sha256::digest(token).to_vec());

    let id = listed["tokens"][0]["id"].as_str().unwrap();
    let foreign = server.request(reqwest::Method::DELETE, &format!("/workspaces/{two}/tokens/{id}"));
    foreign.bearer_auth(ADMIN.1).answer().await.refused(404, "token not found or already revoked");
    let revoke = || server.request(reqwest::Method::DELETE, &format!("{path}/{id}")).bearer_auth(&own);
    assert_eq!(revoke().answer().await.json(), json!({"status": "revoked"}));
    revoke().answer().await.refused(404, "token not found or already revoked");
    server.get(&path).bearer_auth(token).answer().await.refused(401, "invalid workspace auth token");
    let no_id = server.request(reqwest::Method::DELETE, &format!("{path}/x")).bearer_auth(&own);
    no_id.answer().await.refused(404, "token not found or already revoked");
}

/// Ledger: EDGE-107.
#[tokio::test]
async fn the_fifty_first_live_token_is_refused_and_pages_hold() {
    let server = TestServer::start([ADMIN]).await;
    let workspace = server.workspace("a").await;
    let path = format!("/workspaces/{workspace}/tokens");
    for _ in 0..50 {
        assert_eq!(server.post(&path).bearer_auth(ADMIN.1).status().await, 201);
    }
    let full = server.post(&path).bearer_auth(ADMIN.1).answer().await;
    full.refused(429, "maximum 50 active tokens per workspace");
    for (query, count) in [
        ("", 50),
        ("?limit=10", 10),
        ("?limit=0", 50),
        ("?limit=201", 50),
        ("?limit=x&offset=45", 5),
        ("?offset=-1", 50),
    ] {
        let page = server.get(&format!("{path}{query}")).bearer_auth(ADMIN.1).answer().await.json();
        assert_eq!(page["count"], count, "{query}");
        assert_eq!(page["tokens"].as_array().unwrap().len(), count, "{query}");
    }
}

/// Ledger: EDGE-108.
#[tokio::test]
async fn an_org_token_is_minted_used_listed_and_revoked() {
    let server = TestServer::start([ADMIN]).await;
    let workspace = server.workspace("a").await;
    let mint = |body: Value| server.post("/org/tokens").bearer_auth(ADMIN.1).json(&body);
    let minted = mint(json!({"name": "ci"})).answer().await.json();
    let token = minted["auth_token"].as_str().unwrap().to_owned();
    assert_eq!(minted["name"], "ci");
    assert_eq!(minted["prefix"], token[..8]);
    assert_eq!(minted["warning"], "copy this token now; it will not be shown again");
    mint(json!({"name": "n".repeat(101)})).answer().await.refused(400, "name too long (max 100 chars)");
    server
        .post("/org/tokens")
        .bearer_auth(ADMIN.1)
        .body("{")
        .answer()
        .await
        .refused(400, "invalid request body");
    let nameless = server.post("/org/tokens").bearer_auth(&token).answer().await.json();
    assert!(nameless.get("name").is_none());

    assert_eq!(
        server.get(&format!("/workspaces/{workspace}/tokens")).bearer_auth(&token).status().await,
        200
    );
    let listed = server.get("/org/tokens").bearer_auth(&token).answer().await;
    assert!(!listed.body.contains(&token));
    let rows = listed.json()["tokens"].as_array().unwrap().clone();
    assert_eq!(rows.len(), 2);
    let row = |id: &Value| rows.iter().find(|row| &row["id"] == id).unwrap().clone();
    assert_eq!(row(&minted["id"])["created_by"], "admin-token");
    assert!(row(&minted["id"])["last_used_at"].is_string());
    assert!(row(&minted["id"]).get("org_id").is_none(), "a null org does not break the list");
    assert_eq!(row(&nameless["id"])["created_by"], format!("org-token:{}", &token[..8]));
    assert!(row(&nameless["id"]).get("last_used_at").is_none());

    let path = format!("/org/tokens/{}", minted["id"].as_str().unwrap());
    let revoke = || server.request(reqwest::Method::DELETE, &path).bearer_auth(ADMIN.1);
    assert_eq!(revoke().answer().await.json(), json!({"revoked": minted["id"]}));
    revoke().answer().await.refused(404, "token not found or already revoked");
    server.get("/org/tokens").bearer_auth(&token).answer().await.refused(401, "invalid admin auth token");
    let no_id = server.request(reqwest::Method::DELETE, "/org/tokens/x").bearer_auth(ADMIN.1);
    no_id.answer().await.refused(404, "token not found or already revoked");
}

#[tokio::test]
async fn an_org_token_hands_its_organisation_on() {
    let server = TestServer::start([ADMIN]).await;
    let org = server.workspace("root").await;
    let first = server.post("/org/tokens").bearer_auth(ADMIN.1).answer().await.json();
    server.sql("update org_api_tokens set org_id = $1::uuid", &org).await;
    let second = server.post("/org/tokens").bearer_auth(first["auth_token"].as_str().unwrap()).answer().await;
    let query = "select org_id::text from org_api_tokens where id = $1::uuid";
    let inherited: String = server.sql_value(query, second.json()["id"].as_str().unwrap()).await;
    assert_eq!(inherited, org);
}

#[tokio::test]
async fn minting_org_tokens_has_a_limit_of_its_own() {
    let server = TestServer::start([ADMIN]).await;
    for left in (0..10).rev() {
        let answer = server.post("/org/tokens").bearer_auth(ADMIN.1).answer().await;
        assert_eq!(answer.status.as_u16(), 200);
        assert_eq!(answer.header("x-ratelimit-limit"), "10");
        assert_eq!(answer.header("x-ratelimit-remaining"), left.to_string());
    }
    let refused = server.post("/org/tokens").bearer_auth(ADMIN.1).answer().await;
    refused.refused(429, "rate limit exceeded");
    assert_eq!(refused.header("retry-after"), refused.json()["retry_after"].to_string());
    assert_eq!(server.get("/org/tokens").bearer_auth(ADMIN.1).status().await, 200);
}
