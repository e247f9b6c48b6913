//! A2A messages through the server, beside nginx in front of the same agent: what authentication, normalising,
//! the log and the hop cost together.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Map, Value, json};
use tokio::process::{Child, Command};

use super::super::sample;
use super::super::{BenchError, Peer, Plan};
use super::Figures;
use super::worlds::Cache;
use crate::backend::process::ports::Ports;
use crate::world::{Stage, World, WorldSpec};

/// Messages of one turn.
const MESSAGES: usize = 500;
/// Senders at once.
const SENDERS: usize = 16;
const ONLINE_WITHIN: Duration = Duration::from_secs(30);
const LOOK_EVERY: Duration = Duration::from_millis(20);
const NGINX: &str = "nginx";
const NO_NGINX: &str = "nginx: not installed (apt-get install nginx-light)";

pub(super) async fn messages(plan: &Plan) -> Figures {
    let cache = Cache::new(plan)?;
    let figures = in_a_world(&cache, plan).await;
    cache.end().await?;
    figures
}

async fn in_a_world(cache: &Cache, plan: &Plan) -> Figures {
    let measured = async |stage: &Stage| {
        let world = stage.world(&WorldSpec::of(cache.topology.clone())).await?;
        let figures = beside_nginx(plan, &world).await;
        world.down().await?;
        figures
    };
    cache.staged(measured).await
}

async fn beside_nginx(plan: &Plan, world: &World) -> Figures {
    let tenant = Tenant::of(world).await?;
    let workspace = tenant.online().await?;
    let through = format!("/workspaces/{}/a2a", workspace.id);
    let ours = || send(|| tenant.call(Method::POST, &through));
    let Some(nginx) = Nginx::before(&workspace.agent).await? else {
        return Ok((sample::alone(plan.rounds, ours).await?, Peer::Missing(NO_NGINX)));
    };
    let theirs = || send(|| tenant.http.post(&nginx.url));
    let figures = sample::in_turns(plan.rounds, ours, "nginx proxy_pass to the same agent", theirs).await;
    nginx.stop().await;
    figures
}

/// Sends the turn's messages; each must be answered with a result.
async fn send(call: impl Fn() -> RequestBuilder) -> Result<(), BenchError> {
    let one = |number: usize| {
        let call = call().json(&json!({
            "jsonrpc": "2.0", "id": number, "method": "message/send",
            "params": { "message": { "role": "user", "messageId": number.to_string(), "parts": [{ "kind": "text", "text": "hello" }] } },
        }));
        async move {
            let answer: Value = answer(call).await?;
            let answered = answer["result"].is_object();
            answered.then_some(()).ok_or_else(|| BenchError::red("a message", answer.to_string()))
        }
    };
    stream::iter(0..MESSAGES).map(one).buffer_unordered(SENDERS).try_collect().await
}

async fn answer(call: RequestBuilder) -> Result<Value, BenchError> {
    let red = |error: reqwest::Error| BenchError::red("a request", error.to_string());
    call.send().await.map_err(red)?.error_for_status().map_err(red)?.json().await.map_err(red)
}

/// The tenant's own door, as its administrator.
struct Tenant {
    http: Client,
    caller: crate::world::Caller,
}

struct Online {
    id: String,
    agent: String,
}

impl Tenant {
    async fn of(world: &World) -> Result<Self, BenchError> {
        let caller = world.caller("alpha_admin_direct", &Map::new()).await?;
        let http = Client::builder().no_proxy().build();
        let http = http.map_err(|error| BenchError::red("an HTTP client", error.to_string()))?;
        Ok(Self { http, caller })
    }

    fn call(&self, method: Method, path: &str) -> RequestBuilder {
        let call = self.http.request(method, format!("{}{path}", self.caller.base));
        let call = self.caller.host.iter().fold(call, |call, host| call.header("host", host));
        self.caller.headers.iter().fold(call, |call, field| call.header(&field.name, field.expose()))
    }

    /// A new workspace, once its agent is there.
    async fn online(&self) -> Result<Online, BenchError> {
        let create = self.call(Method::POST, "/workspaces").json(&json!({ "name": "bench", "tier": 2 }));
        let created = answer(create).await?;
        let id = created["id"].as_str().unwrap_or_default().to_owned();
        let path = format!("/workspaces/{id}");
        let mut look = tokio::time::interval(LOOK_EVERY);
        let online = async {
            loop {
                look.tick().await;
                let seen = answer(self.call(Method::GET, &path)).await?;
                if seen["status"] == "online" {
                    let agent = seen["url"].as_str().unwrap_or_default().to_owned();
                    return Ok(Online { id: id.clone(), agent });
                }
            }
        };
        let late = |_| BenchError::red("a workspace", format!("not online in {ONLINE_WITHIN:?}"));
        tokio::time::timeout(ONLINE_WITHIN, online).await.map_err(late)?
    }
}

/// An nginx that only forwards, with connections kept, as small as its documentation makes one.
struct Nginx {
    url: String,
    child: Child,
    _folder: tempfile::TempDir,
}

impl Nginx {
    /// One in front of an agent; none when this machine has no nginx.
    async fn before(agent: &str) -> Result<Option<Self>, BenchError> {
        let there = Command::new(NGINX).arg("-v").stdout(Stdio::null()).stderr(Stdio::null()).status().await;
        if !there.is_ok_and(|status| status.success()) {
            return Ok(None);
        }
        let agent = url::Url::parse(agent)
            .map_err(|error| BenchError::red("an agent's address", error.to_string()))?;
        let folder = tempfile::tempdir().map_err(BenchError::io("make a temporary folder"))?;
        let ports = Ports::new(&crate::backend::process::places::ports())?;
        let port = ports.take()?;
        let file = folder.path().join("nginx.conf");
        let text = conf(folder.path(), port, &agent);
        std::fs::write(&file, text).map_err(BenchError::io("write nginx's configuration"))?;
        let mut command = Command::new(NGINX);
        command.arg("-p").arg(folder.path()).arg("-c").arg(&file).args(["-e", "stderr"]);
        let child = command.stdin(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true).spawn();
        let child = child.map_err(BenchError::io("start nginx"))?;
        let nginx = Self { url: format!("http://127.0.0.1:{port}{}", agent.path()), child, _folder: folder };
        nginx.listens(port).await?;
        Ok(Some(nginx))
    }

    async fn listens(&self, port: u16) -> Result<(), BenchError> {
        let mut look = tokio::time::interval(LOOK_EVERY);
        let listening = async {
            while tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err() {
                look.tick().await;
            }
        };
        let late = |_| BenchError::red(NGINX, format!("does not listen on {port}"));
        tokio::time::timeout(ONLINE_WITHIN, listening).await.map_err(late)
    }

    async fn stop(mut self) {
        // It is killed on drop as well; waiting only spares the machine a zombie.
        let _ = self.child.kill().await;
    }
}

fn conf(folder: &Path, port: u16, agent: &url::Url) -> String {
    let folder = folder.display();
    let origin = format!(
        "{}:{}",
        agent.host_str().unwrap_or("127.0.0.1"),
        agent.port_or_known_default().unwrap_or(80)
    );
    format!(
        "daemon off; master_process off; worker_processes 1; pid {folder}/pid;\n\
         events {{ worker_connections 1024; }}\n\
         http {{\n  access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;\n  \
         fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;\n  \
         upstream agent {{ server {origin}; keepalive {SENDERS}; }}\n  \
         server {{ listen 127.0.0.1:{port}; location / {{ proxy_pass http://agent; proxy_http_version 1.1; \
         proxy_set_header Connection \"\"; }} }}\n}}\n"
    )
}
