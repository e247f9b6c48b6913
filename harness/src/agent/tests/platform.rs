//! A world for these tests: a host, a scripted platform, a client.

use std::{
    future::Future,
    net::{IpAddr, Ipv4Addr},
    time::{Duration, Instant},
};

use http::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{method, path},
};

use crate::{
    agent::{AgentHost, HostConfig, platform::client},
    backend::process::{places, ports::Ports},
};

/// A workspace id.
pub(super) const WS: &str = "3f1f6a52-8b1e-4c5e-9f57-2f5a6c1d7e80";
/// Another workspace's id.
pub(super) const PEER: &str = "7d9a4b10-1c2d-4e3f-8a9b-0c1d2e3f4a5b";
const DEADLINE: Duration = Duration::from_secs(30);

pub(super) struct World {
    pub(super) host: AgentHost,
    pub(super) platform: MockServer,
    pub(super) http: reqwest::Client,
    _lease: Ports,
}

impl World {
    /// A platform that knows nothing yet: every call is 404 with an empty body.
    pub(super) async fn new() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        // Leased, so that nobody takes the port of an agent that refuses for a while.
        let lease = Ports::new(&places::ports()).unwrap();
        let ports = lease.take_block().unwrap();
        let config = HostConfig {
            host_name: "127.0.0.1".into(),
            bind: IpAddr::V4(Ipv4Addr::LOCALHOST),
            ports: ports.start..=ports.end - 1,
            build: "test".into(),
            folder: std::env::temp_dir(),
        };
        let host = AgentHost::serve(listener, config).unwrap();
        Self { host, platform: MockServer::start().await, http: client(), _lease: lease }
    }

    /// A platform that registers and takes beats, with this inbound secret.
    pub(super) async fn with_registry(secret: &str) -> Self {
        let world = Self::new().await;
        world.answers("POST", "/registry/register", 200, registered("tok-1", secret)).await;
        world.answers("POST", "/registry/heartbeat", 200, json!({ "status": "ok" })).await;
        world
    }

    pub(super) async fn answers(&self, verb: &str, at: &str, status: u16, body: Value) {
        self.platform.register(answer(verb, at, status, body)).await;
    }

    /// Spawns the agent of [`WS`] with more fields, and waits for its registration.
    pub(super) async fn spawn(&self, more: Value) -> Value {
        let mut body = json!({
            "workspace_id": WS, "platform_url": self.platform.uri(), "runtime": "claude-code",
            "wait_registered_ms": 30_000, "heartbeat_ms": 20, "poll_ms": 20,
        });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let (status, spawned) = self.control(Method::POST, "/agents", body).await;
        assert_eq!(status, StatusCode::CREATED, "{spawned}");
        spawned
    }

    /// Spawns and returns the agent's address.
    pub(super) async fn spawn_at(&self, more: Value) -> String {
        self.spawn(more).await["url"].as_str().unwrap().to_owned()
    }

    pub(super) async fn control(&self, method: Method, path: &str, body: Value) -> (StatusCode, Value) {
        let url = format!("{}/__agent{path}", self.host.url());
        let reply = self.http.request(method, url).json(&body).send().await.unwrap();
        (reply.status(), reply.json().await.unwrap_or_default())
    }

    /// A control call that must succeed.
    pub(super) async fn set(&self, path: &str, body: Value) {
        let (status, reply) = self.control(Method::PUT, &format!("/agents/{WS}{path}"), body).await;
        assert_eq!(status, StatusCode::NO_CONTENT, "{reply}");
    }

    pub(super) async fn agent(&self) -> Value {
        self.control(Method::GET, &format!("/agents/{WS}"), Value::Null).await.1
    }

    pub(super) async fn tool(&self, tool: &str, body: Value) -> Value {
        let (status, told) = self.control(Method::POST, &format!("/agents/{WS}/tools/{tool}"), body).await;
        assert_eq!(status, StatusCode::OK, "{told}");
        told
    }

    /// The platform's calls of one path: method, headers and body.
    pub(super) async fn calls(&self, at: &str) -> Vec<wiremock::Request> {
        let all = self.platform.received_requests().await.unwrap();
        all.into_iter().filter(|request| request.url.path() == at).collect()
    }

    /// Waits until the agent's own record satisfies a condition.
    pub(super) async fn until(&self, what: &str, holds: impl Fn(&Value) -> bool) -> Value {
        until(what, async || Some(self.agent().await).filter(|agent| holds(agent))).await
    }

    /// Sends a v0.3 message to an agent.
    pub(super) async fn send(&self, url: &str, text: &str) -> Result<reqwest::Response, reqwest::Error> {
        self.http.post(url).json(&message("message/send", text)).send().await
    }
}

/// Waits until a question has an answer; a missed deadline names the question.
pub(super) async fn until<T, F: Future<Output = Option<T>>>(what: &str, ask: impl Fn() -> F) -> T {
    let end = Instant::now() + DEADLINE;
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(Instant::now() < end, "not in time: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

pub(super) fn answer(verb: &str, at: &str, status: u16, body: Value) -> Mock {
    Mock::given(method(verb)).and(path(at)).respond_with(ResponseTemplate::new(status).set_body_json(body))
}

pub(super) fn registered(token: &str, secret: &str) -> Value {
    json!({
        "status": "registered", "delivery_mode": "push",
        "auth_token": token, "platform_inbound_secret": secret,
    })
}

pub(super) fn message(method: &str, text: &str) -> Value {
    json!({ "jsonrpc": "2.0", "id": "call-1", "method": method, "params": { "message": {
        "kind": "message", "role": "user", "messageId": "m-1",
        "parts": [{ "kind": "text", "text": text }],
    } } })
}

pub(super) fn header<'r>(request: &'r wiremock::Request, name: &str) -> &'r str {
    request.headers.get(name).map_or("", |value| value.to_str().unwrap())
}
