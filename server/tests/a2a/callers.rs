//! Who a message is from.

use serde_json::json;

use super::*;
use crate::support::Answering as _;

struct Scene {
    server: TestServer,
    _agent: Upstream,
    caller: String,
    target: String,
}

async fn scene() -> Scene {
    let server = server().await;
    let agent = agent_saying(json!({})).await;
    let caller = server.workspace("caller").await;
    let target = workspace_at(&server, "target", &agent.url()).await;
    Scene { server, _agent: agent, caller, target }
}

impl Scene {
    /// The `source_id` of the row that a request with this bearer leaves.
    async fn source_of(&self, bearer: &str) -> Value {
        let request = post(&self.server, &self.target, &text_message("hi")).bearer_auth(bearer);
        assert_eq!(request.status().await, 200);
        the_row(&self.server, &self.target).await["source_id"].clone()
    }
}

/// Ledger: A2A-11.
#[tokio::test]
async fn a_workspace_token_alone_names_the_sender() {
    let scene = scene().await;
    let token = scene.server.token(&scene.caller).await;
    assert_eq!(scene.source_of(&token).await, json!(scene.caller));
    let path = format!("/workspaces/{}/activity?peer_id={}", scene.target, scene.caller);
    let listed = scene.server.get(&path).bearer_auth(scene.server.token(&scene.target).await).answer().await;
    assert_eq!(listed.json().as_array().map(Vec::len), Some(1), "{listed:?}");
}

/// Ledger: A2A-55.
#[tokio::test]
async fn a_bearer_nobody_knows_is_the_canvas_and_not_a_401() {
    let scene = scene().await;
    assert_eq!(scene.source_of("no-such-token").await, Value::Null);
}

/// Ledger: A2A-55.
#[tokio::test]
async fn the_token_of_a_removed_workspace_is_the_canvas() {
    let scene = scene().await;
    let token = scene.server.token(&scene.caller).await;
    set(&scene.server, &scene.caller, "status", "removed").await;
    assert_eq!(scene.source_of(&token).await, Value::Null);
}

/// Ledger: A2A-56.
#[tokio::test]
async fn a_claimed_sender_shows_its_own_token_and_not_the_targets() {
    let scene = scene().await;
    let (own, targets) = (scene.server.token(&scene.caller).await, scene.server.token(&scene.target).await);
    let claim =
        || post(&scene.server, &scene.target, &text_message("hi")).header("X-Workspace-ID", &scene.caller);
    claim().answer().await.refused(401, "missing caller auth token");
    claim().bearer_auth(&targets).answer().await.refused(401, "invalid caller auth token");
    assert_eq!(claim().bearer_auth(&own).status().await, 200);
}

#[tokio::test]
async fn a_sender_without_any_token_may_claim_itself_and_the_target_may_always() {
    let scene = scene().await;
    let claim =
        |id: &str| post(&scene.server, &scene.target, &text_message("hi")).header("X-Workspace-ID", id);
    assert_eq!(claim(&scene.caller).status().await, 200);
    scene.server.token(&scene.target).await;
    assert_eq!(claim(&scene.target).status().await, 200);
}

/// Ledger: A2A-91.
#[tokio::test]
async fn a_system_caller_cannot_be_forged() {
    let scene = scene().await;
    for forged in ["webhook:x", "system:cron", "test:1", "channel:1", "nobody"] {
        let request =
            post(&scene.server, &scene.target, &text_message("hi")).header("X-Workspace-ID", forged);
        request.answer().await.refused(403, "invalid caller ID");
    }
    assert!(rows(&scene.server, &scene.target).await.is_empty());
}
