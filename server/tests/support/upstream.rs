//! A recording HTTP server that stands for the control plane, the canvas or an agent.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::to_bytes,
    extract::Request,
    http::{HeaderMap, Method},
    response::Response,
};
use tokio::net::{TcpListener, TcpSocket};

/// A request as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) method: Method,
    /// Path and query, byte for byte.
    pub(crate) target: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

/// A server that answers everything the same way and remembers what it was asked.
pub(crate) struct Upstream {
    pub(crate) address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Upstream {
    /// Answers every request with what `answer` makes of it.
    pub(crate) async fn start(answer: impl Fn(&Seen) -> Response + Clone + Send + Sync + 'static) -> Self {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let record = seen.clone();
        let handler = move |request: Request| async move {
            let (parts, body) = request.into_parts();
            let body = to_bytes(body, usize::MAX).await.expect("a readable body").to_vec();
            let target = parts.uri.path_and_query().map(ToString::to_string).unwrap_or_default();
            let request = Seen { method: parts.method, target, headers: parts.headers, body };
            record.lock().unwrap().push(request.clone());
            answer(&request)
        };
        let address = Self::serve(Router::new().fallback(handler)).await;
        Self { address, seen }
    }

    /// Serves a router until the test's runtime ends.
    pub(crate) async fn serve(router: Router) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a bound address");
        tokio::spawn(async move { axum::serve(listener, router).await });
        address
    }

    /// Its address as a base URL.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Everything asked so far.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

/// An address where nobody listens, nor will: it stays bound until the program ends, or another test would get it.
pub(crate) fn nobody() -> String {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.bind("127.0.0.1:0".parse().expect("well formed")).expect("a free port");
    let address = Box::leak(Box::new(socket)).local_addr().expect("a bound address");
    format!("http://{address}")
}
