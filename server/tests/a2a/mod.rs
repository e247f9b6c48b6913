//! Messages to an agent, through the whole server, to a real HTTP agent.

mod busy;
mod callers;
mod corpus;
mod dead;
mod delivery;
mod poll;
mod queue;
mod refusals;
mod traces;

use reqwest::RequestBuilder;
use serde_json::{Value, json};
use server_types::WorkspaceId;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

use crate::support::{Seen, TestServer, Upstream, eventually};

/// Agents of these tests sit on loopback.
const LOOPBACK_AGENTS: (&str, &str) = ("AGENT_ALLOWED_CIDRS", "127.0.0.0/8");

async fn server() -> TestServer {
    TestServer::start([LOOPBACK_AGENTS]).await
}

/// A workspace whose agent is at `url`.
async fn workspace_at(server: &TestServer, name: &str, url: &str) -> String {
    let id = server.workspace(name).await;
    set(server, &id, "url", url).await;
    id
}

/// Writes one text column of a workspace.
async fn set(server: &TestServer, id: &str, column: &'static str, value: &str) {
    let statement = match column {
        "url" => "update workspaces set url = $2 where id::text = $1",
        "delivery_mode" => "update workspaces set delivery_mode = $2 where id::text = $1",
        "status" => "update workspaces set status = $2::workspace_status where id::text = $1",
        "parent_id" => "update workspaces set parent_id = $2::uuid where id::text = $1",
        other => panic!("no such column: {other}"),
    };
    let done = sqlx::query(statement).bind(id).bind(value).execute(&server.app.store.db).await;
    done.expect("the test's own SQL");
}

/// An agent that answers every message with this result.
async fn agent_saying(result: Value) -> Upstream {
    Upstream::start(move |request| {
        let id = json_body(request)["id"].clone();
        axum::response::IntoResponse::into_response(axum::Json(
            json!({ "jsonrpc": "2.0", "id": id, "result": result }),
        ))
    })
    .await
}

/// An agent that answers every message with this status and body.
async fn agent_answering(status: u16, content_type: &'static str, body: &'static str) -> Upstream {
    Upstream::start(move |_| {
        let answer = axum::http::Response::builder().status(status).header("content-type", content_type);
        answer.body(body.into()).expect("a valid response")
    })
    .await
}

/// An agent that reads each request, says `reply` raw, and hangs up. Empty: it only hangs up.
async fn agent_hanging_up(reply: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("bound"));
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut buffer = [0; 64 * 1024];
            // One read is enough for the small messages of these tests.
            let _ = stream.read(&mut buffer).await;
            let _ = stream.write_all(reply.as_bytes()).await;
        }
    });
    url
}

fn json_body(request: &Seen) -> Value {
    serde_json::from_slice(&request.body).expect("the server forwards JSON")
}

fn text_message(text: &str) -> Value {
    message(json!({ "role": "user", "messageId": "m-1", "parts": [{ "kind": "text", "text": text }] }))
}

fn message(message: Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": "r-1", "method": "message/send", "params": { "message": message } })
}

fn post(server: &TestServer, target: &str, body: &Value) -> RequestBuilder {
    server.post(&format!("/workspaces/{target}/a2a")).json(body)
}

/// The rows of a workspace as JSON, oldest first.
async fn rows(server: &TestServer, workspace: &str) -> Vec<Value> {
    let query = "select coalesce(jsonb_agg(to_jsonb(a) order by created_at, id), '[]') from activity_logs a \
                 where workspace_id::text = $1";
    let rows: sqlx::types::Json<Vec<Value>> = server.sql_value(query, workspace).await;
    rows.0
}

/// The one row that an attempt leaves, once it is there.
async fn the_row(server: &TestServer, workspace: &str) -> Value {
    let mut rows = eventually(async || rows(server, workspace).await, |rows| !rows.is_empty()).await;
    assert_eq!(rows.len(), 1, "{rows:?}");
    rows.remove(0)
}

fn id(text: &str) -> WorkspaceId {
    WorkspaceId::canonical(text).expect("an id")
}
