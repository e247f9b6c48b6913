//! Rules that run in handlers: who asks about peers, who listens, how often a bearer may call MCP.

use secrecy::SecretString;
use server_app::auth::{Caller, Credentials, admin, registry, workspace};
use server_types::{WorkspaceId, WorkspaceStatus};
use tokio_tungstenite::tungstenite::{self, client::IntoClientRequest};

use crate::support::{Answer, Answering, TestServer};

const ADMIN: (&str, &str) = ("ADMIN_TOKEN", "the-admin-token");

fn shown(bearer: &str) -> Credentials {
    Credentials { bearer: Some(SecretString::from(bearer)), ..Credentials::default() }
}

/// Ledger: EDGE-06, EDGE-07.
#[tokio::test]
async fn every_validator_agrees_on_liveness_in_every_state() {
    let server = TestServer::start([]).await;
    // Somebody else's token keeps the install from being fresh, which would let everybody in.
    let other = server.workspace("other").await;
    server.token(&other).await;
    for status in WorkspaceStatus::ALL {
        for revoked in [false, true] {
            let id = server.workspace(&format!("{status:?}-{revoked}")).await;
            let token = server.token(&id).await;
            if revoked {
                let query =
                    "update workspace_auth_tokens set revoked_at = now() where workspace_id = $1::uuid";
                server.sql(query, &id).await;
            }
            let statement =
                format!("update workspaces set status = '{}' where id = $1::uuid", status.as_str());
            server.sql(statement.leak(), &id).await;
            let workspace_id = WorkspaceId::canonical(&id);
            let live = !revoked && status != WorkspaceStatus::Removed;
            let own = workspace::authenticate(&server.app, &shown(&token), workspace_id).await;
            let any = admin::authenticate(&server.app, &shown(&token)).await;
            assert_eq!(own.is_ok(), live, "{status:?} revoked={revoked}");
            assert_eq!(
                any.is_ok_and(|caller| matches!(caller, Caller::Workspace(_))),
                live,
                "{status:?} revoked={revoked}"
            );
            let registry = registry::authenticate(&server.app, &shown(&token), workspace_id.unwrap()).await;
            let owner = registry.is_ok_and(|standing| standing == registry::Standing::Owner);
            assert_eq!(owner, live, "{status:?} revoked={revoked}");
        }
    }
}

async fn discover(server: &TestServer, target: &str, caller: Option<&str>, bearer: Option<&str>) -> Answer {
    let request = server.get(&format!("/registry/discover/{target}"));
    let request = caller.into_iter().fold(request, |request, id| request.header("x-workspace-id", id));
    bearer.into_iter().fold(request, |request, token| request.bearer_auth(token)).answer().await
}

/// Ledger: EDGE-119, EDGE-30.
#[tokio::test]
async fn discovery_needs_the_callers_own_token_and_the_hierarchy() {
    let server = TestServer::start([ADMIN]).await;
    let (caller, stranger) = (server.workspace("caller").await, server.workspace("stranger").await);
    let child = server.workspace("child-of-stranger").await;
    let (token, foreign) = (server.token(&caller).await, server.token(&stranger).await);
    let adopt = "update workspaces set parent_id = (select id from workspaces where name = 'stranger') where id = $1::uuid";
    server.sql(adopt, &child).await;

    discover(&server, &stranger, None, Some(&token)).await.refused(400, "X-Workspace-ID header is required");
    discover(&server, &stranger, Some(&caller), None).await.refused(401, "missing workspace auth token");
    discover(&server, &stranger, Some(&caller), Some(&foreign))
        .await
        .refused(401, "invalid workspace auth token");
    discover(&server, &stranger, Some(&caller), Some(ADMIN.1))
        .await
        .refused(401, "invalid workspace auth token");
    let unrelated = discover(&server, &child, Some(&caller), Some(&token)).await;
    unrelated.refused(403, "not authorized to discover this workspace");
    for forged in ["webhook:x", "system:x", "test:x", "channel:x", "nonsense"] {
        discover(&server, &stranger, Some(forged), Some(&token)).await.refused(403, "invalid caller ID");
    }

    let peers = |id: &str| server.get(&format!("/registry/{id}/peers"));
    assert_eq!(peers(&caller).bearer_auth(&token).status().await, 200);
    peers(&caller).bearer_auth(&foreign).answer().await.refused(401, "invalid workspace auth token");
    peers(&caller).answer().await.refused(401, "missing workspace auth token");
    server.sql("update workspaces set status = 'removed' where id = $1::uuid", &caller).await;
    peers(&caller).bearer_auth(&token).answer().await.refused(401, "invalid workspace auth token");
    server.sql("delete from workspace_auth_tokens where workspace_id = $1::uuid", &caller).await;
    peers(&caller).answer().await.refused(401, "invalid workspace auth token");
}

/// The status a socket handshake ends with.
async fn handshake(server: &TestServer, headers: &[(&'static str, &str)]) -> u16 {
    let mut request = format!("ws://{}/ws", server.address).into_client_request().unwrap();
    for (name, value) in headers {
        request.headers_mut().insert(*name, value.parse().unwrap());
    }
    match tokio_tungstenite::connect_async(request).await {
        Ok((_, response)) => response.status().as_u16(),
        Err(tungstenite::Error::Http(response)) => response.status().as_u16(),
        Err(error) => panic!("no handshake: {error}"),
    }
}

/// Ledger: EDGE-120.
#[tokio::test]
async fn a_workspace_socket_is_authenticated_before_the_upgrade() {
    let server = TestServer::start([ADMIN]).await;
    let (one, two) = (server.workspace("one").await, server.workspace("two").await);
    let (token, foreign) = (server.token(&one).await, server.token(&two).await);
    let bearer = |token: &str| format!("Bearer {token}");
    assert_eq!(handshake(&server, &[]).await, 101, "the canvas");
    assert_eq!(handshake(&server, &[("x-workspace-id", &one)]).await, 401);
    let wrong = [("x-workspace-id", one.as_str()), ("authorization", &bearer(&foreign))];
    assert_eq!(handshake(&server, &wrong).await, 401);
    let right = [("x-workspace-id", one.as_str()), ("authorization", &bearer(&token))];
    assert_eq!(handshake(&server, &right).await, 101);
    assert_eq!(handshake(&server, &[("x-workspace-id", "system:x")]).await, 403);
    server.sql("update workspaces set status = 'removed' where id = $1::uuid", &one).await;
    assert_eq!(handshake(&server, &right).await, 401);
    assert_eq!(handshake(&server, &[("x-workspace-id", &one)]).await, 401);
}

/// Ledger: EDGE-98.
#[tokio::test]
async fn a_socket_follows_its_own_origin_rule() {
    let evil = [("origin", "https://evil.example")];
    let open = TestServer::start([]).await;
    assert_eq!(handshake(&open, &evil).await, 101, "no origins configured");
    let listed = TestServer::start([("CORS_ORIGINS", "https://App.example")]).await;
    assert_eq!(handshake(&listed, &evil).await, 403);
    assert_eq!(handshake(&listed, &[("origin", "https://app.EXAMPLE")]).await, 101);
    let own = format!("http://{}", listed.host());
    assert_eq!(handshake(&listed, &[("origin", &own)]).await, 101);
    assert_eq!(handshake(&listed, &[]).await, 101);
}

/// Ledger: EDGE-96.
#[tokio::test]
async fn the_hundred_and_twenty_first_mcp_call_of_a_bearer_is_refused() {
    let canvas = ("CANVAS_PROXY_URL", "http://127.0.0.1:1");
    let server = TestServer::start([ADMIN, canvas, ("RATE_LIMIT", "100000")]).await;
    let workspace = server.workspace("a").await;
    let (token, second) = (server.token(&workspace).await, server.token(&workspace).await);
    let ping = r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#;
    let call =
        |token: &str| server.post(&format!("/workspaces/{workspace}/mcp")).bearer_auth(token).body(ping);
    for left in (0..120).rev() {
        let answer = call(&token).answer().await;
        assert_eq!((answer.status.as_u16(), answer.header("x-ratelimit-remaining")), (200, left.to_string()));
    }
    let refused = call(&token).answer().await;
    refused.refused(429, "MCP rate limit exceeded");
    assert_eq!(refused.header("retry-after"), refused.json()["retry_after"].to_string());
    assert_eq!(refused.header("x-ratelimit-limit"), "120");
    assert_eq!(call(&second).status().await, 200, "another bearer has its own bucket");
    let page = server.post(&format!("/workspaces/{workspace}/mcp")).body(ping);
    let page = page.header("origin", format!("http://{}", server.host()));
    page.answer().await.refused(401, "missing bearer token");
}
