//! The two proxies: what passes, what is stripped, what never leaves.

use std::{net::SocketAddr, sync::Arc};

use axum::{
    Router,
    body::Body,
    extract::ws::{Message, WebSocketUpgrade},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::get,
};
use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use reqwest::Method;
use tokio_tungstenite::tungstenite::{self, client::IntoClientRequest};

use crate::support::{Answering, TestServer, Upstream, nobody};

const CREDENTIALS: [(&str, &str); 2] = [("authorization", "Bearer browser"), ("cookie", "session=1")];

async fn echoing() -> Upstream {
    Upstream::start(|seen| {
        (StatusCode::ACCEPTED, [("x-upstream", "yes")], seen.target.clone()).into_response()
    })
    .await
}

/// Ledger: EDGE-90.
#[tokio::test]
async fn an_allowed_control_plane_path_is_relayed_whole() {
    let upstream = echoing().await;
    let server = TestServer::start([("CP_UPSTREAM_URL", &format!("{}/base", upstream.url()))]).await;
    let request = server.post("/cp/billing/checkout?x=1&y=%20").body("the body");
    let request = request.header("authorization", "Bearer browser").header("cookie", "session=1");
    let request =
        request.header("x-forwarded-for", "9.9.9.9").header("connection", "x-hop").header("x-hop", "1");
    let answer = request.answer().await;
    assert_eq!((answer.status.as_u16(), answer.header("x-upstream").as_str()), (202, "yes"));
    assert_eq!(answer.header("x-content-type-options"), "nosniff");

    let [seen] = &upstream.seen()[..] else { panic!("one call") };
    assert_eq!(seen.method, Method::POST);
    assert_eq!(seen.target, "/cp/billing/checkout?x=1&y=%20", "the base path of the variable is ignored");
    assert_eq!(seen.body, b"the body");
    for (name, value) in CREDENTIALS {
        assert_eq!(seen.headers[name], value);
    }
    assert_eq!(seen.headers["host"], upstream.address.to_string());
    assert_eq!(seen.headers["x-forwarded-for"], "9.9.9.9, 127.0.0.1");
    assert!(!seen.headers.contains_key("x-hop"));
}

/// Ledger: EDGE-89.
#[tokio::test]
async fn admin_and_provisioning_paths_never_leave_the_tenant() {
    let upstream = echoing().await;
    let server = TestServer::start([("CP_UPSTREAM_URL", &upstream.url())]).await;
    for path in [
        "/cp/",
        "/cp/admin/x",
        "/cp/workspaces/provision",
        "/cp/tenants/config",
        "/cp/internal/x",
        "/cp/orgsabc",
        "/cp/auth",
        "/cp/auth/../admin/x",
        "/cp/auth/%2e%2e/admin/x",
        "/cp/auth/..%2fadmin",
    ] {
        raw_get(server.address, path).await.unwrap_or_else(|status| panic!("{path}: {status}"));
    }
    assert!(upstream.seen().is_empty(), "{:?}", upstream.seen());
}

/// Sends a path byte for byte (clients normalise it) and demands an empty 404.
async fn raw_get(address: SocketAddr, path: &str) -> Result<(), String> {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: t\r\ncookie: session=1\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let ok = answer.starts_with("HTTP/1.1 404 ") && answer.ends_with("\r\n\r\n");
    if ok { Ok(()) } else { Err(answer) }
}

#[tokio::test]
async fn redirects_are_relayed_and_not_followed() {
    let upstream =
        Upstream::start(|_| (StatusCode::FOUND, [("location", "/cp/admin/x")]).into_response()).await;
    let server = TestServer::start([("CP_UPSTREAM_URL", &upstream.url())]).await;
    let answer = server.get("/cp/auth/login").answer().await;
    assert_eq!((answer.status.as_u16(), answer.header("location").as_str()), (302, "/cp/admin/x"));
    assert_eq!(upstream.seen().len(), 1);
}

/// Ledger: EDGE-90, EDGE-91.
#[tokio::test]
async fn an_upstream_that_is_down_is_502_in_plain_text() {
    let gone = nobody();
    let server =
        TestServer::start([("CP_UPSTREAM_URL", gone.as_str()), ("CANVAS_PROXY_URL", gone.as_str())]).await;
    for (path, text) in [("/cp/auth/me", "control plane unavailable"), ("/page", "canvas unavailable")] {
        let answer = server.get(path).answer().await;
        assert_eq!((answer.status.as_u16(), answer.body.as_str()), (502, text));
    }
}

/// Ledger: EDGE-91.
#[tokio::test]
async fn the_canvas_gets_the_request_without_credentials() {
    let canvas = echoing().await;
    let server = TestServer::start([("CANVAS_PROXY_URL", &canvas.url())]).await;
    let request = server.request(Method::PUT, "/some/page?q=1").body("b");
    let request = CREDENTIALS.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    let answer = request.header("accept", "text/x").header("x-request-id", "r1").answer().await;
    assert_eq!((answer.status.as_u16(), answer.body.as_str()), (202, "/some/page?q=1"));
    let [seen] = &canvas.seen()[..] else { panic!("one call") };
    assert_eq!((&seen.method, seen.body.as_slice()), (&Method::PUT, b"b".as_slice()));
    assert_eq!(seen.headers["host"], canvas.address.to_string());
    assert_eq!(
        (&seen.headers["accept"], &seen.headers["x-request-id"]),
        (&"text/x".parse().unwrap(), &"r1".parse().unwrap())
    );
    assert!(CREDENTIALS.iter().all(|(name, _)| !seen.headers.contains_key(*name)), "{:?}", seen.headers);
    assert_eq!(server.request(Method::POST, "/health").status().await, 202, "a wrong method is unmatched");
}

/// Ledger: EDGE-38.
#[tokio::test]
async fn a_guard_refusal_never_reaches_the_canvas() {
    let canvas = echoing().await;
    let (org, cp) = (("MOLECULE_ORG_ID", "org-a"), ("MOLECULE_CP_URL", "http://127.0.0.1:1"));
    let server = TestServer::start([org, cp, ("CANVAS_PROXY_URL", &canvas.url())]).await;
    server.get("/some/page").answer().await.empty(404);
    assert!(canvas.seen().is_empty());
    assert_eq!(server.get("/some/page").header("x-molecule-org-id", "org-a").status().await, 202);
}

#[tokio::test]
async fn a_header_of_the_upstream_wins_over_ours_and_is_there_once() {
    let canvas = Upstream::start(|_| ([("x-frame-options", "SAMEORIGIN")], "page").into_response()).await;
    let server = TestServer::start([("CANVAS_PROXY_URL", &canvas.url())]).await;
    assert_eq!(server.get("/page").answer().await.header("x-frame-options"), "SAMEORIGIN");
}

#[tokio::test]
async fn a_stream_is_passed_on_as_it_arrives() {
    let (sender, receiver) = tokio::sync::mpsc::channel::<Result<Bytes, std::io::Error>>(1);
    let receiver = Arc::new(tokio::sync::Mutex::new(receiver));
    let events = move || {
        let receiver = receiver.clone().lock_owned();
        async move {
            let stream = futures_util::stream::unfold(receiver.await, async |mut receiver| {
                receiver.recv().await.map(|event| (event, receiver))
            });
            ([("content-type", "text/event-stream")], Body::from_stream(stream)).into_response()
        }
    };
    let address = Upstream::serve(Router::new().route("/stream", get(events))).await;
    let server = TestServer::start([("CANVAS_PROXY_URL", &format!("http://{address}"))]).await;
    sender.send(Ok("data: 1\n\n".into())).await.unwrap();
    let mut response = server.get("/stream").send().await.unwrap();
    assert_eq!(response.chunk().await.unwrap().unwrap(), "data: 1\n\n", "while the stream is open");
    sender.send(Ok("data: 2\n\n".into())).await.unwrap();
    assert_eq!(response.chunk().await.unwrap().unwrap(), "data: 2\n\n");
    drop(sender);
    assert_eq!(response.chunk().await.unwrap(), None);
}

/// Ledger: EDGE-92.
#[tokio::test]
async fn a_websocket_is_tunnelled_to_the_canvas_without_credentials() {
    async fn echo(headers: HeaderMap, upgrade: WebSocketUpgrade) -> Response {
        upgrade.on_upgrade(async move |mut socket| {
            let credentials = CREDENTIALS.iter().any(|(name, _)| headers.contains_key(*name));
            socket.send(Message::text(format!("credentials: {credentials}"))).await.unwrap();
            while let Some(Ok(Message::Text(text))) = socket.recv().await {
                socket.send(Message::Text(text)).await.unwrap();
            }
        })
    }
    let canvas = Upstream::serve(Router::new().route("/socket", get(echo))).await;
    let server = TestServer::start([("CANVAS_PROXY_URL", &format!("http://{canvas}"))]).await;
    let mut request = format!("ws://{}/socket", server.address).into_client_request().unwrap();
    for (name, value) in CREDENTIALS {
        request.headers_mut().insert(name, value.parse().unwrap());
    }
    let (mut socket, _) = tokio_tungstenite::connect_async(request).await.unwrap();
    assert_eq!(socket.next().await.unwrap().unwrap(), tungstenite::Message::text("credentials: false"));
    for frame in ["one", "two"] {
        socket.send(tungstenite::Message::text(frame)).await.unwrap();
        assert_eq!(socket.next().await.unwrap().unwrap(), tungstenite::Message::text(frame));
    }
    socket.close(None).await.unwrap();
}
