//! The echo server: answers each request as JSON, each WebSocket frame with itself, and keeps a
//! log of requests.
//!
//! It stands for a web front end behind the server: what arrived there, with which headers, is
//! what a replay about proxying asks.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, Method, Uri};
use axum::response::{IntoResponse as _, Json, Response};
use serde_json::{Value, json};
use tokio::net::TcpListener;

const REQUESTS_MAX: usize = 1_000;
const BODY_BYTES_MAX: usize = 1024 * 1024;

#[derive(Clone)]
struct Echo {
    log_path: String,
    requests: Arc<Mutex<VecDeque<Value>>>,
}

/// Serves until the task is dropped.
pub async fn serve(listener: TcpListener, log_path: String) {
    let echo = Echo { log_path, requests: Arc::default() };
    let router = Router::new().fallback(answer).layer(DefaultBodyLimit::max(BODY_BYTES_MAX)).with_state(echo);
    // It ends only when the listener breaks; the world's requests then fail and say so.
    let _ = axum::serve(listener, router).await;
}

async fn answer(
    State(echo): State<Echo>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    socket: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
    body: Bytes,
) -> Response {
    let mut requests = echo.requests.lock().unwrap_or_else(PoisonError::into_inner);
    if method == Method::GET && uri.path() == echo.log_path {
        return Json(json!({ "requests": requests.iter().collect::<Vec<_>>() })).into_response();
    }
    let request = json!({
        "method": method.as_str(),
        "path": uri.path(),
        "query": uri.query().unwrap_or_default(),
        "headers": listed(&headers),
        "body": String::from_utf8_lossy(&body),
    });
    requests.push_back(request.clone());
    if requests.len() > REQUESTS_MAX {
        requests.pop_front();
    }
    match socket {
        Ok(socket) => socket.on_upgrade(repeat),
        Err(_) => Json(request).into_response(),
    }
}

/// Sends each frame back until the other end closes.
async fn repeat(mut socket: WebSocket) {
    while let Some(Ok(message)) = socket.recv().await {
        if matches!(message, Message::Close(_)) || socket.send(message).await.is_err() {
            return;
        }
    }
}

/// Header names in lower case; a repeated header is joined as HTTP allows.
fn listed(headers: &HeaderMap) -> Value {
    headers
        .keys()
        .map(|name| {
            let values = headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes()));
            (name.to_string(), Value::from(values.collect::<Vec<_>>().join(", ")))
        })
        .collect::<serde_json::Map<_, _>>()
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn requests_are_answered_as_json_and_logged() {
        crate::install_tls();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(serve(listener, "/__echo/requests".into()));
        let http = reqwest::Client::new();
        let answer =
            http.post(format!("{base}/a/b?c=d")).header("X-One", "1").body("hi").send().await.unwrap();
        let answer: Value = answer.json().await.unwrap();
        assert_eq!(
            (&answer["path"], &answer["query"], &answer["body"]),
            (&"/a/b".into(), &"c=d".into(), &"hi".into())
        );
        let log = http.get(format!("{base}/__echo/requests")).send().await.unwrap();
        let log: Value = log.json().await.unwrap();
        assert_eq!(log["requests"][0]["headers"]["x-one"], "1");
        assert_eq!(log["requests"].as_array().map(Vec::len), Some(1));
    }

    #[tokio::test]
    async fn a_websocket_frame_comes_back() {
        use futures_util::{SinkExt as _, StreamExt as _};
        use tokio_tungstenite::tungstenite::Message as Frame;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("ws://{}/socket", listener.local_addr().unwrap());
        tokio::spawn(serve(listener, "/__echo/requests".into()));
        let (mut socket, _) = tokio_tungstenite::connect_async(url).await.unwrap();
        socket.send(Frame::text("hello")).await.unwrap();
        assert_eq!(socket.next().await.unwrap().unwrap(), Frame::text("hello"));
    }
}
