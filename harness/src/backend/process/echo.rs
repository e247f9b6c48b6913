//! The echo server: answers each request as JSON and keeps a log of them.
//!
//! It stands for a web front end behind the server: what arrived there, with which headers, is
//! what a replay about proxying asks.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, Method, Uri};
use axum::response::Json;
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
pub(crate) async fn serve(listener: TcpListener, log_path: String) {
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
    body: Bytes,
) -> Json<Value> {
    let mut requests = echo.requests.lock().unwrap_or_else(PoisonError::into_inner);
    if method == Method::GET && uri.path() == echo.log_path {
        return Json(json!({ "requests": requests.iter().collect::<Vec<_>>() }));
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
    Json(request)
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
}
