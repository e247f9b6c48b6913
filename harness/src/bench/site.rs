//! The server that is asked: as little as a server can do, so that the client is what is measured.

use std::net::SocketAddr;
use std::time::Duration;

use axum::{Json, Router, routing::get};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::AbortHandle;

use super::BenchError;

/// How long `/slow` takes.
const SLOW: Duration = Duration::from_millis(200);

/// A running site; ends when dropped.
pub(super) struct Site {
    address: SocketAddr,
    task: AbortHandle,
}

impl Site {
    /// Serves `/` at once and `/slow` after 200 ms.
    pub(super) async fn open() -> Result<Self, BenchError> {
        let router = Router::new().route("/", get(answer)).route("/slow", get(slow));
        let listener =
            TcpListener::bind("127.0.0.1:0").await.map_err(BenchError::io("listen on loopback"))?;
        let address = listener.local_addr().map_err(BenchError::io("read an address"))?;
        let task = tokio::spawn(async move { axum::serve(listener, router).await }).abort_handle();
        Ok(Self { address, task })
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}

async fn answer() -> Json<Value> {
    Json(json!({ "status": "ok", "count": 3 }))
}

async fn slow() -> Json<Value> {
    tokio::time::sleep(SLOW).await;
    answer().await
}

impl Drop for Site {
    fn drop(&mut self) {
        self.task.abort();
    }
}
