//! A control plane for tests: answers as told, remembers what it was asked.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard},
};

use axum::{
    Json, Router,
    body::{Bytes, to_bytes},
    extract::{Request, State},
    http::{Method, StatusCode},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use super::{
    TestServer,
    upstream::{Seen, Upstream},
};

pub(crate) const ORG: &str = "harness-org-test";
pub(crate) const ADMIN: &str = "the-admin-token";

/// A scripted control plane.
#[derive(Clone)]
pub(crate) struct Plane(Arc<Shared>);

struct Shared {
    script: Mutex<Script>,
    seen: Mutex<Vec<Seen>>,
    /// Each answer to a start takes one permit, so that a test can hold starts back.
    starts: Semaphore,
    stops: Semaphore,
}

/// What it answers; `None` is the contract's success.
#[derive(Default)]
pub(crate) struct Script {
    pub(crate) start: Option<(u16, String)>,
    pub(crate) stop: Option<(u16, String)>,
    pub(crate) status: Option<(u16, String)>,
    pub(crate) console: Option<(u16, String)>,
}

impl Plane {
    /// A plane that answers everything at once, with success.
    pub(crate) async fn start() -> (Self, SocketAddr) {
        let open = Semaphore::MAX_PERMITS / 2;
        let shared = Shared {
            script: Mutex::default(),
            seen: Mutex::default(),
            starts: Semaphore::new(open),
            stops: Semaphore::new(open),
        };
        let plane = Self(Arc::new(shared));
        let router = Router::new().fallback(answer).with_state(plane.clone());
        (plane, Upstream::serve(router).await)
    }

    /// Changes what it answers.
    pub(crate) fn script(&self) -> MutexGuard<'_, Script> {
        self.0.script.lock().unwrap()
    }

    /// From now on no start is answered.
    pub(crate) fn hold_starts(&self) {
        self.0.starts.forget_permits(usize::MAX);
    }

    /// Answers that many held starts.
    pub(crate) fn let_start(&self, count: usize) {
        self.0.starts.add_permits(count);
    }

    /// From now on no stop is answered.
    pub(crate) fn hold_stops(&self) {
        self.0.stops.forget_permits(usize::MAX);
    }

    /// Answers that many held stops.
    pub(crate) fn let_stop(&self, count: usize) {
        self.0.stops.add_permits(count);
    }

    /// Requests of one method so far.
    pub(crate) fn calls(&self, method: &Method) -> Vec<Seen> {
        self.0.seen.lock().unwrap().iter().filter(|seen| seen.method == *method).cloned().collect()
    }

    /// The bodies of all starts so far.
    pub(crate) fn starts(&self) -> Vec<Value> {
        let starts = self.calls(&Method::POST);
        starts.iter().map(|seen| serde_json::from_slice(&seen.body).expect("a JSON body")).collect()
    }
}

async fn answer(State(plane): State<Plane>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body: Bytes = to_bytes(body, usize::MAX).await.expect("a readable body");
    let target = parts.uri.path_and_query().map(ToString::to_string).unwrap_or_default();
    let seen = Seen { method: parts.method.clone(), target, headers: parts.headers, body: body.to_vec() };
    let number = {
        let mut all = plane.0.seen.lock().unwrap();
        all.push(seen.clone());
        all.len()
    };
    let gate = match parts.method {
        Method::POST => Some(&plane.0.starts),
        Method::DELETE => Some(&plane.0.stops),
        _ => None,
    };
    if let Some(gate) = gate {
        gate.acquire().await.expect("an open gate").forget();
    }
    let script = plane.script();
    let (scripted, success) = match parts.method {
        Method::POST => {
            let machine =
                json!({"instance_id": format!("i-{number}"), "private_ip": "10.0.0.1", "state": "running"});
            (&script.start, (StatusCode::CREATED, Json(machine)).into_response())
        }
        Method::DELETE => (&script.stop, StatusCode::NO_CONTENT.into_response()),
        _ if seen.target.ends_with("/console") => {
            (&script.console, Json(json!({"output": "booted"})).into_response())
        }
        _ => (&script.status, Json(json!({"state": "running"})).into_response()),
    };
    match scripted {
        Some((status, body)) => (StatusCode::from_u16(*status).unwrap(), body.clone()).into_response(),
        None => success,
    }
}

/// A tenant server on its own control plane; its agents may listen on loopback.
pub(crate) async fn tenant() -> (TestServer, Plane) {
    let (plane, address) = Plane::start().await;
    let url = format!("http://{address}");
    let server = TestServer::start([
        ("MOLECULE_ORG_ID", ORG),
        ("MOLECULE_CP_URL", url.as_str()),
        ("MOLECULE_CP_SHARED_SECRET", "the-shared-secret"),
        ("CP_ADMIN_API_TOKEN", "the-console-token"),
        ("ADMIN_TOKEN", ADMIN),
        ("AGENT_ALLOWED_CIDRS", "127.0.0.0/8"),
        ("PLATFORM_URL", "http://platform.test"),
    ])
    .await;
    (server, plane)
}
