//! Events: recorded, streamed, filtered.

use futures_util::StreamExt;
use serde_json::{Value, json};
use server_types::EventName;
use tokio_tungstenite::tungstenite::{self, Message, client::IntoClientRequest};

use crate::support::{
    Answering, TestServer,
    acting::id,
    eventually,
    plane::{ADMIN, ORG, tenant},
};

async fn local() -> TestServer {
    TestServer::start([("ADMIN_TOKEN", ADMIN)]).await
}

type Socket = tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>>;

async fn open(server: &TestServer, headers: &[(&'static str, &str)]) -> Result<Socket, u16> {
    let mut request = format!("ws://{}/ws", server.address).into_client_request().unwrap();
    for (name, value) in headers {
        request.headers_mut().insert(*name, value.parse().unwrap());
    }
    match tokio_tungstenite::connect_async(request).await {
        Ok((socket, _)) => Ok(socket),
        Err(tungstenite::Error::Http(answer)) => Err(answer.status().as_u16()),
        Err(error) => panic!("{error}"),
    }
}

/// The next frame as JSON.
async fn frame(socket: &mut Socket) -> Value {
    loop {
        match socket.next().await.expect("an open socket").expect("a frame") {
            Message::Text(text) => return serde_json::from_str(&text).expect("JSON"),
            Message::Ping(_) | Message::Pong(_) => {}
            other => panic!("{other:?}"),
        }
    }
}

/// Ledger: REG-103.
#[tokio::test]
async fn an_event_is_stored_before_it_is_announced_and_a_broadcast_never_is() {
    let server = local().await;
    let ws = server.workspace("a").await;
    let mut heard = server.app.events.subscribe(id(&ws));
    server.app.events.record(EventName::WorkspaceOnline, id(&ws), json!({"n": 1})).await.unwrap();
    server.app.events.broadcast(EventName::TaskUpdated, id(&ws), json!({"n": 2}));
    assert_eq!(heard.next().await.unwrap().payload, json!({"n": 1}));
    assert_eq!(heard.next().await.unwrap().payload, json!({"n": 2}));
    assert_eq!(server.events_of(&ws).await, ["WORKSPACE_ONLINE"]);
    sqlx::query("drop table structure_events").execute(&server.app.store.db).await.unwrap();
    let failed = server.app.events.record(EventName::WorkspaceOnline, id(&ws), json!({"n": 3})).await;
    assert!(failed.is_err());
    server.app.events.broadcast(EventName::TaskUpdated, id(&ws), json!({"n": 4}));
    assert_eq!(heard.next().await.unwrap().payload, json!({"n": 4}), "what is not stored is not announced");
}

/// Ledger: REG-15, REG-16.
#[tokio::test]
async fn every_beat_is_broadcast_and_none_is_stored() {
    let server = local().await;
    let ws = server.workspace("a").await;
    let token = server.registered(&ws).await;
    let before = server.events_of(&ws).await.len();
    let mut heard = server.app.events.subscribe(id(&ws));
    for beat in
        [json!({"current_task": "x", "active_tasks": 1}), json!({"current_task": "x", "active_tasks": 1})]
    {
        server.beat(&ws, &token, beat).await;
    }
    let names = [
        heard.next().await.unwrap().name,
        heard.next().await.unwrap().name,
        heard.next().await.unwrap().name,
    ];
    assert_eq!(names, [EventName::TaskUpdated, EventName::WorkspaceHeartbeat, EventName::WorkspaceHeartbeat]);
    for _ in 0..10 {
        server.beat(&ws, &token, json!({})).await;
    }
    assert_eq!(server.events_of(&ws).await.len(), before);
}

#[tokio::test]
async fn the_history_is_newest_first_and_at_most_a_hundred() {
    let server = local().await;
    let ws = server.workspace("a").await;
    for number in 0..105 {
        server.app.events.record(EventName::WorkspaceOnline, id(&ws), json!({"n": number})).await.unwrap();
    }
    server.app.events.record(EventName::WorkspaceOnline, None, json!({"n": "nobody"})).await.unwrap();
    let all = server.get("/events").bearer_auth(ADMIN).answer().await.json();
    assert_eq!(all.as_array().unwrap().len(), 100);
    assert_eq!((&all[0]["workspace_id"], &all[0]["payload"]), (&Value::Null, &json!({"n": "nobody"})));
    let own = server.get(&format!("/events/{ws}")).bearer_auth(ADMIN).answer().await.json();
    assert_eq!((&own[0]["payload"]["n"], &own[0]["event_type"]), (&json!(104), &json!("WORKSPACE_ONLINE")));
    assert_eq!(
        server.get(&format!("/events/{}", uuid::Uuid::new_v4())).bearer_auth(ADMIN).answer().await.json(),
        json!([])
    );
    server.get("/events/x").bearer_auth(ADMIN).answer().await.refused(400, "invalid workspace ID");
}

/// Ledger: REG-105, EDGE-120.
#[tokio::test]
async fn a_canvas_hears_everything_and_an_agent_what_concerns_its_relations() {
    let server = local().await;
    let (one, two) = (server.workspace("one").await, server.workspace("two").await);
    let below = "update workspaces set parent_id = (select id from workspaces where name = 'one')
                 where id = $1::uuid";
    let child = server.workspace("child").await;
    server.sql(below, &child).await;
    let token = server.token(&child).await;
    let bearer = format!("Bearer {token}");
    let foreign = format!("Bearer {}", server.token(&two).await);
    assert_eq!(open(&server, &[("x-workspace-id", &child)]).await.err(), Some(401));
    assert_eq!(
        open(&server, &[("x-workspace-id", &child), ("authorization", &foreign)]).await.err(),
        Some(401)
    );
    let mut canvas = open(&server, &[]).await.unwrap();
    let mut agent = open(&server, &[("x-workspace-id", &child), ("authorization", &bearer)]).await.unwrap();
    let events = &server.app.events;
    events.broadcast(EventName::TaskUpdated, id(&two), json!({"n": 1}));
    events.broadcast(EventName::TaskUpdated, None, json!({"n": 2}));
    events.broadcast(EventName::TaskUpdated, id(&one), json!({"n": 3}));
    for number in 1..=3 {
        assert_eq!(frame(&mut canvas).await["payload"], json!({"n": number}));
    }
    let heard = frame(&mut agent).await;
    assert_eq!(
        (&heard["event"], &heard["workspace_id"], &heard["payload"]),
        (&json!("TASK_UPDATED"), &json!(one), &json!({"n": 3}))
    );
    assert!(chrono::DateTime::parse_from_rfc3339(heard["timestamp"].as_str().unwrap()).is_ok());
}

#[tokio::test]
async fn the_socket_gauge_counts_open_connections() {
    let server = local().await;
    let gauge = async || {
        let text = server.get("/metrics").answer().await.body;
        let line =
            text.lines().find(|line| line.starts_with("molecule_websocket_connections_active ")).unwrap();
        line.rsplit(' ').next().unwrap().to_owned()
    };
    let (one, two) = (open(&server, &[]).await.unwrap(), open(&server, &[]).await.unwrap());
    eventually(&gauge, |count| count == "2").await;
    drop(one);
    eventually(&gauge, |count| count == "1").await;
    drop(two);
    eventually(&gauge, |count| count == "0").await;
}

#[tokio::test]
async fn a_socket_of_a_tenant_needs_the_org_and_a_listed_origin() {
    let (server, _) = tenant().await;
    assert_eq!(open(&server, &[]).await.err(), Some(404));
    assert!(open(&server, &[("x-molecule-org-id", ORG)]).await.is_ok());
    let strict = TestServer::start([("CORS_ORIGINS", "https://app.example")]).await;
    assert_eq!(open(&strict, &[("origin", "https://evil.example")]).await.err(), Some(403));
    assert!(open(&strict, &[("origin", "https://APP.example")]).await.is_ok());
}

#[tokio::test]
async fn a_stopping_server_closes_its_sockets() {
    let server = local().await;
    let mut socket = open(&server, &[]).await.unwrap();
    server.app.context.stop.cancel();
    let message = socket.next().await.expect("a last frame").expect("a frame");
    assert!(matches!(message, Message::Close(_)), "{message:?}");
}

/// Ledger: REG-106.
#[tokio::test]
async fn the_stream_pings_first_and_carries_its_workspace_alone() {
    let server = local().await;
    let (ws, other) = (server.workspace("a").await, server.workspace("b").await);
    let token = server.token(&ws).await;
    let path = format!("/workspaces/{ws}/events/stream");
    let mut stream = server.get(&path).bearer_auth(&token).send().await.unwrap();
    for (name, value) in
        [("content-type", "text/event-stream"), ("cache-control", "no-cache"), ("x-accel-buffering", "no")]
    {
        assert_eq!(stream.headers()[name], value);
    }
    assert_eq!(stream.chunk().await.unwrap().unwrap(), ": ping\n\n");
    server.app.events.broadcast(EventName::WorkspaceHeartbeat, id(&other), json!({"n": 1}));
    server.app.events.broadcast(EventName::WorkspaceHeartbeat, id(&ws), json!({"n": 2}));
    let text = String::from_utf8(stream.chunk().await.unwrap().unwrap().to_vec()).unwrap();
    let data: Value = serde_json::from_str(text.strip_prefix("data: ").unwrap().trim_end()).unwrap();
    assert!(text.ends_with("\n\n"));
    assert_eq!((&data["type"], &data["data"]), (&json!("WORKSPACE_HEARTBEAT"), &json!({"n": 2})));
    assert!(data["timestamp"].is_i64());
    let nobody = format!("/workspaces/{}/events/stream", uuid::Uuid::new_v4());
    server.get(&nobody).bearer_auth(ADMIN).answer().await.refused(404, "workspace not found");
}
