//! A running stub with two orgs.

use std::{
    future::Future,
    net::Ipv4Addr,
    time::{Duration, Instant},
};

use cp_stub::{Config, OrgConfig, Stub};
use reqwest::{Method, RequestBuilder, Response};
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinHandle};

pub(crate) const WS: &str = "3f1f6a52-8b1e-4c5e-9f57-2f5a6c1d7e80";
pub(crate) const ALPHA: &str = "harness-org-alpha";
pub(crate) const BETA: &str = "harness-org-beta";
pub(crate) const SHARED: &str = "live-shared-secret";
pub(crate) const ADMIN_API: &str = "cp-admin-api-token";
pub(crate) const COOKIE: &str = "session=s-1";
const DEADLINE: Duration = Duration::from_secs(30);

pub(crate) struct Running {
    pub(crate) url: String,
    pub(crate) http: reqwest::Client,
    task: JoinHandle<()>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

pub(crate) fn admin_token(org: &str) -> String {
    format!("{org}-admin-token")
}

impl Running {
    pub(crate) async fn start() -> Self {
        Self::with_agents(None).await
    }

    pub(crate) async fn with_agents(agents_url: Option<String>) -> Self {
        cp_stub::install_tls();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let listen = listener.local_addr().unwrap();
        let org = |id: &str, slug: &str| OrgConfig {
            id: id.into(),
            slug: slug.into(),
            admin_token: admin_token(id),
        };
        let config = Config {
            listen,
            orgs: vec![org(ALPHA, "harness-tenant-alpha"), org(BETA, "harness-tenant-beta")],
            shared_secret: SHARED.into(),
            admin_api_token: ADMIN_API.into(),
            agents_url,
            public_url: None,
            launch_delay_ms: 1,
        };
        let task = tokio::spawn(cp_stub::serve(listener, Stub::new(config)));
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(Duration::from_secs(30))
            .build()
            .unwrap();
        Self { url: format!("http://{listen}"), http, task }
    }

    /// A call with nothing added.
    pub(crate) fn call(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.url))
    }

    /// A call of class S in the name of an org.
    pub(crate) fn shared(&self, method: Method, path: &str, org: &str) -> RequestBuilder {
        self.call(method, path).bearer_auth(SHARED).header("x-molecule-admin-token", admin_token(org))
    }

    pub(crate) async fn provision(&self, org: &str, workspace: &str) -> Response {
        let body = provision_body(org, workspace, json!({}));
        self.shared(Method::POST, "/cp/workspaces/provision", org).json(&body).send().await.unwrap()
    }

    /// Provisions and returns the machine's id.
    pub(crate) async fn instance(&self, org: &str, workspace: &str) -> String {
        let reply = self.provision(org, workspace).await;
        assert_eq!(reply.status(), 201);
        reply.json::<Value>().await.unwrap()["instance_id"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn state(&self) -> Value {
        self.json(Method::GET, "/__stub/state", Value::Null).await
    }

    pub(crate) async fn requests(&self, query: &str) -> Vec<Value> {
        let log = self.json(Method::GET, &format!("/__stub/requests{query}"), Value::Null).await;
        log.as_array().unwrap().clone()
    }

    /// Adds a fault and returns its id.
    pub(crate) async fn fault(&self, spec: Value) -> String {
        let reply = self.json(Method::POST, "/__stub/faults", spec).await;
        reply["id"].as_str().unwrap_or_else(|| panic!("{reply}")).to_owned()
    }

    pub(crate) async fn json(&self, method: Method, path: &str, body: Value) -> Value {
        self.call(method, path).json(&body).send().await.unwrap().json().await.unwrap_or_default()
    }
}

pub(crate) fn provision_body(org: &str, workspace: &str, env: Value) -> Value {
    json!({
        "org_id": org, "workspace_id": workspace, "runtime": "claude-code", "tier": 2,
        "platform_url": "http://tenant-alpha:8080", "env": env,
    })
}

/// Waits until a question has an answer; a missed deadline names the question.
pub(crate) async fn until<T, F: Future<Output = Option<T>>>(what: &str, ask: impl Fn() -> F) -> T {
    let end = Instant::now() + DEADLINE;
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(Instant::now() < end, "not in time: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
