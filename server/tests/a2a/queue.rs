//! Messages that wait, and get through when the agent has room.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use axum::{Json, response::IntoResponse as _};
use server_app::a2a::drain::{self, Drained};

use super::*;
use crate::support::Answering as _;

/// A workspace whose agent hangs up until it is told to answer.
struct Scene {
    server: TestServer,
    target: String,
    token: String,
    free: Upstream,
}

/// What the agent answers once it is free.
async fn scene() -> Scene {
    let server = server().await;
    let target = workspace_at(&server, "busy", &agent_hanging_up("").await).await;
    let token = server.token(&target).await;
    Scene { server, target, token, free: agent_saying(json!("at last")).await }
}

impl Scene {
    async fn send(&self, message_id: &str) {
        let body =
            message(json!({ "messageId": message_id, "parts": [{ "kind": "text", "text": message_id }] }));
        assert_eq!(post(&self.server, &self.target, &body).status().await, 202);
    }

    /// From now on the agent at `url` answers.
    async fn becomes(&self, url: &str) {
        set(&self.server, &self.target, "url", url).await;
        self.server.app.store.cache.forget_urls(id(&self.target)).await.expect("in process");
    }

    async fn beat(&self, active_tasks: i32) {
        let body = json!({ "workspace_id": self.target, "active_tasks": active_tasks, "error_rate": 0.0 });
        let request = self.server.post("/registry/heartbeat").bearer_auth(&self.token).json(&body);
        assert_eq!(request.status().await, 200);
    }

    async fn drain(&self) -> Drained {
        drain::one(&self.server.app, id(&self.target)).await.expect("the database answers")
    }

    /// `status/attempts` of each item, in the order of arrival.
    async fn items(&self) -> Vec<String> {
        let query = "select coalesce(array_agg(status || '/' || attempts order by enqueued_at), '{}') \
                     from a2a_queue where workspace_id::text = $1";
        self.server.sql_value(query, &self.target).await
    }

    /// The message ids that the free agent received.
    fn received(&self) -> Vec<String> {
        let seen = self.free.seen();
        let id = |request| {
            json_body(request)["params"]["message"]["messageId"].as_str().expect("an id").to_owned()
        };
        seen.iter().map(id).collect()
    }
}

/// Ledger: A2A-96.
#[tokio::test]
async fn each_beat_with_room_delivers_one_item_by_priority_then_age() {
    let scene = scene().await;
    for name in ["first", "second", "urgent"] {
        scene.send(name).await;
    }
    scene.server.sql("update a2a_queue set priority = 100 where idempotency_key = $1", "urgent").await;
    scene.becomes(&scene.free.url()).await;
    scene.beat(1).await;
    for (count, expected) in [(1, "urgent"), (2, "first"), (3, "second")] {
        scene.beat(0).await;
        let received = eventually(async || scene.received(), |received| received.len() >= count).await;
        assert_eq!((received.len(), received[count - 1].as_str()), (count, expected));
    }
    eventually(async || scene.items().await, |items| items.iter().all(|item| item == "completed/1")).await;
}

/// Ledger: A2A-97.
#[tokio::test]
async fn drains_at_the_same_time_never_deliver_an_item_twice() {
    let scene = scene().await;
    for name in ["a", "b", "c", "d", "e"] {
        scene.send(name).await;
    }
    scene.becomes(&scene.free.url()).await;
    let drains = (0..20).map(|_| scene.drain());
    let drained = futures_util::future::join_all(drains).await;
    assert_eq!(drained.iter().filter(|one| **one == Drained::Completed).count(), 5);
    let mut received = scene.received();
    received.sort_unstable();
    assert_eq!(received, ["a", "b", "c", "d", "e"]);
}

/// Ledger: A2A-87.
#[tokio::test]
async fn an_item_that_meets_a_busy_agent_again_waits_again() {
    let scene = scene().await;
    scene.send("patient").await;
    assert_eq!(scene.drain().await, Drained::PutBack);
    assert_eq!(scene.items().await, ["queued/1"]);
    scene.becomes(&scene.free.url()).await;
    assert_eq!(scene.drain().await, Drained::Completed);
    assert_eq!((scene.received(), scene.drain().await), (vec!["patient".to_owned()], Drained::Empty));
}

/// Ledger: A2A-88.
#[tokio::test]
async fn after_five_failures_an_item_is_given_up_with_its_last_error() {
    let scene = scene().await;
    scene.send("doomed").await;
    let failing = agent_answering(500, "application/json", r#"{"error":{"not":"text"}}"#).await;
    scene.becomes(&failing.url()).await;
    for attempt in 1..=4 {
        assert_eq!(scene.drain().await, Drained::PutBack);
        assert_eq!(scene.items().await, [format!("queued/{attempt}")]);
    }
    assert_eq!(scene.drain().await, Drained::Failed);
    assert_eq!(scene.items().await, ["failed/5"]);
    let error: String = scene
        .server
        .sql_value("select last_error from a2a_queue where workspace_id::text = $1", &scene.target)
        .await;
    assert_eq!(error, "Internal Server Error");
}

/// Ledger: A2A-98.
#[tokio::test]
async fn the_user_gets_the_answer_to_a_message_that_had_to_wait() {
    let scene = scene().await;
    scene.send("from the user").await;
    scene.becomes(&scene.free.url()).await;
    let mut events = scene.server.app.events.subscribe(id(&scene.target));
    assert_eq!(scene.drain().await, Drained::Completed);
    let event = events.next().await.expect("an event");
    assert_eq!(
        (event.name.as_str(), &event.payload["response_body"]["result"]),
        ("A2A_RESPONSE", &json!("at last"))
    );
    let rows = rows(&scene.server, &scene.target).await;
    let [attempt, answer] = &rows[..] else { panic!("the failed attempt and the answer: {rows:?}") };
    assert_eq!((&attempt["status"], &attempt["request_body"]["id"]), (&json!("error"), &json!("r-1")));
    assert_eq!(answer["response_body"]["result"], "at last");
    assert!(answer["source_id"].is_null() && answer["request_body"].is_null(), "{answer}");
}

/// Ledger: A2A-63.
#[tokio::test]
async fn an_expired_item_is_never_delivered_and_stays() {
    let scene = scene().await;
    scene.send("stale").await;
    scene
        .server
        .sql("update a2a_queue set expires_at = now() where workspace_id::text = $1", &scene.target)
        .await;
    scene.becomes(&scene.free.url()).await;
    assert_eq!((scene.drain().await, scene.items().await), (Drained::Empty, vec!["queued/0".to_owned()]));
}

#[tokio::test]
async fn a_drained_message_is_judged_again_as_its_senders() {
    let scene = scene().await;
    let caller = scene.server.workspace("boss").await;
    let request = post(&scene.server, &scene.target, &text_message("hi"));
    assert_eq!(request.bearer_auth(scene.server.token(&caller).await).status().await, 202);
    let elsewhere = scene.server.workspace("elsewhere").await;
    set(&scene.server, &caller, "parent_id", &elsewhere).await;
    scene.becomes(&scene.free.url()).await;
    assert_eq!(scene.drain().await, Drained::PutBack);
    assert!(scene.received().is_empty());
    let error: String = scene
        .server
        .sql_value("select last_error from a2a_queue where workspace_id::text = $1", &scene.target)
        .await;
    assert_eq!(error, "access denied: workspaces cannot communicate per hierarchy rules");
}

/// A delivery that the server did not survive is put back at the next boot, a running one is not.
#[tokio::test]
async fn only_old_deliveries_are_recovered() {
    let scene = scene().await;
    for (name, age) in [("old", "31 minutes"), ("running", "1 minute")] {
        scene.send(name).await;
        let statement = "update a2a_queue set status = 'dispatched', dispatched_at = now() - $2::interval \
                         where idempotency_key = $1";
        let update = sqlx::query(statement).bind(name).bind(age).execute(&scene.server.app.store.db).await;
        update.expect("the test's own SQL");
    }
    drain::recover(&scene.server.app).await;
    assert_eq!(scene.items().await, ["queued/0", "dispatched/0"]);
}

/// A poll-mode workspace has its row: the item is done.
#[tokio::test]
async fn an_item_for_a_workspace_that_polls_by_now_is_completed() {
    let scene = scene().await;
    scene.send("poll me").await;
    set(&scene.server, &scene.target, "delivery_mode", "poll").await;
    assert_eq!(scene.drain().await, Drained::Completed);
    assert_eq!(rows(&scene.server, &scene.target).await.len(), 2);
}

/// A drain does not hold up the heartbeat that caused it.
#[tokio::test]
async fn the_beat_is_answered_before_the_delivery_ends() {
    let scene = scene().await;
    scene.send("slow").await;
    let (open, gate) = (Arc::new(AtomicBool::new(false)), tokio::sync::Notify::new());
    let (seen, gate) = (open.clone(), Arc::new(gate));
    let wait = gate.clone();
    let agent = Upstream::serve(axum::Router::new().fallback(async move || {
        wait.notified().await;
        seen.store(true, Ordering::SeqCst);
        Json(json!({ "result": 1 })).into_response()
    }))
    .await;
    scene.becomes(&format!("http://{agent}")).await;
    scene.beat(0).await;
    assert!(!open.load(Ordering::SeqCst));
    gate.notify_one();
    eventually(async || scene.items().await, |items| items == &["completed/1"]).await;
}
