//! An engine for tests: keeps containers and volumes in memory, answers as told, remembers the calls.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Read as _,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard},
};

use axum::{
    Json, Router,
    body::to_bytes,
    extract::{Request, State},
    http::{HeaderMap, Method, StatusCode},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};
use server_app::config::Environment;

use crate::support::{TestServer, plane::ADMIN, upstream::Upstream};

/// A scripted engine.
#[derive(Clone)]
pub(crate) struct Engine(Arc<Mutex<Script>>);

/// What the engine holds and what it answers; `None` is success.
#[derive(Default)]
pub(crate) struct Script {
    pub(crate) containers: BTreeMap<String, Container>,
    pub(crate) volumes: BTreeSet<String>,
    /// No image is here.
    pub(crate) no_images: bool,
    pub(crate) create: Option<(u16, String)>,
    pub(crate) start: Option<(u16, String)>,
    pub(crate) remove: Option<(u16, String)>,
    pub(crate) inspect: Option<(u16, String)>,
    /// Answers to lists by label, and to lists by name.
    pub(crate) list_managed: Option<(u16, String)>,
    pub(crate) list_named: Option<(u16, String)>,
    pub(crate) remove_volume: Option<(u16, String)>,
    pub(crate) pull: Option<(u16, String)>,
    /// `METHOD /path?query` without the version, in order.
    pub(crate) calls: Vec<String>,
    /// Bodies of creates by container name.
    pub(crate) bodies: BTreeMap<String, Value>,
    /// Archives that were unpacked below `/configs`, by container name, in order.
    pub(crate) uploads: Vec<(String, Vec<u8>)>,
    /// Headers of the last pull.
    pub(crate) pull_headers: HeaderMap,
}

/// A container in the engine's memory.
#[derive(Clone, Default)]
pub(crate) struct Container {
    pub(crate) running: bool,
    pub(crate) labels: BTreeMap<String, String>,
}

impl Container {
    /// A container of a server without a scope.
    pub(crate) fn managed() -> Self {
        let label = ("molecule.platform.managed".to_owned(), "true".to_owned());
        Self { running: true, labels: BTreeMap::from([label]) }
    }
}

impl Engine {
    /// An empty engine on which everything succeeds.
    pub(crate) async fn start() -> (Self, SocketAddr) {
        let engine = Self(Arc::default());
        let router = Router::new().fallback(answer).with_state(engine.clone());
        (engine, Upstream::serve(router).await)
    }

    /// A self-hosted server on an engine of its own.
    pub(crate) async fn server() -> (TestServer, Self) {
        Self::server_with([]).await
    }

    /// As [`Self::server`], with more environment.
    pub(crate) async fn server_with<const N: usize>(more: [(&str, &str); N]) -> (TestServer, Self) {
        let (engine, address) = Self::start().await;
        let mut env = Environment::from([
            ("ADMIN_TOKEN", ADMIN),
            ("AGENT_ALLOWED_CIDRS", "127.0.0.0/8"),
            ("PLATFORM_URL", "http://platform.test"),
            ("WORKSPACE_IMAGE", "localhost:5000/agents-{runtime}:1"),
        ]);
        env.set("DOCKER_HOST", format!("tcp://{address}"));
        more.into_iter().for_each(|(name, value)| env.set(name, value));
        (TestServer::with(env).await, engine)
    }

    /// Looks at it, or changes what it answers.
    pub(crate) fn script(&self) -> MutexGuard<'_, Script> {
        self.0.lock().unwrap()
    }

    /// The files below `/configs` of a container, as the uploads left them.
    pub(crate) fn files_of(&self, container: &str) -> BTreeMap<String, String> {
        let script = self.script();
        let mut files = BTreeMap::new();
        for (_, archive) in script.uploads.iter().filter(|(name, _)| name == container) {
            for entry in tar::Archive::new(archive.as_slice()).entries().expect("an archive") {
                let mut entry = entry.expect("an entry");
                let path = entry.path().expect("a path").display().to_string();
                let mut content = String::new();
                entry.read_to_string(&mut content).expect("text");
                files.insert(path, content);
            }
        }
        files
    }

    /// The calls that begin so, in order.
    pub(crate) fn calls(&self, beginning: &str) -> Vec<String> {
        let script = self.script();
        script.calls.iter().filter(|call| call.starts_with(beginning)).cloned().collect()
    }
}

fn refusal(answer: &(u16, String)) -> Response {
    let status = StatusCode::from_u16(answer.0).expect("a status");
    (status, Json(json!({"message": answer.1}))).into_response()
}

fn missing(what: &str) -> Response {
    refusal(&(404, what.to_owned()))
}

async fn answer(State(engine): State<Engine>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.expect("a readable body");
    let path = parts.uri.path();
    let path = without_version(path).to_owned();
    let query = parts.uri.query().unwrap_or_default().to_owned();
    let mut script = engine.script();
    script.calls.push(format!("{} /{path}?{query}", parts.method));
    let segments: Vec<&str> = path.split('/').collect();
    match (parts.method, segments.as_slice()) {
        (Method::GET, ["version"]) => Json(json!({"ApiVersion": "1.41"})).into_response(),
        (Method::GET, ["containers", "json"]) => list(&script, &query),
        (Method::POST, ["containers", "create"]) => create(&mut script, &query, &body),
        (Method::PUT, ["containers", name, "archive"]) => {
            script.uploads.push(((*name).to_owned(), body.to_vec()));
            StatusCode::OK.into_response()
        }
        (method, ["containers", name, rest @ ..]) => container(&mut script, &method, name, rest),
        (Method::POST, ["volumes", "create"]) => {
            let name = serde_json::from_slice::<Value>(&body).expect("JSON")["Name"].clone();
            script.volumes.insert(name.as_str().expect("a name").to_owned());
            volume(&name).into_response()
        }
        (Method::GET, ["volumes", name]) if script.volumes.contains(*name) => {
            volume(&json!(name)).into_response()
        }
        (Method::DELETE, ["volumes", name]) => match script.remove_volume.clone() {
            Some(told) => refusal(&told),
            None if script.volumes.remove(*name) => StatusCode::NO_CONTENT.into_response(),
            None => missing("no such volume"),
        },
        (Method::GET, ["networks", name]) => Json(json!({"Name": name})).into_response(),
        (Method::POST, ["images", "create"]) => {
            script.pull_headers = parts.headers;
            script.pull.as_ref().map_or_else(|| Json(json!({"status": "done"})).into_response(), refusal)
        }
        (Method::GET, ["images", ..]) if !script.no_images => Json(json!({"Id": "sha256:1"})).into_response(),
        _ => missing(&format!("{path} not found")),
    }
}

/// The path below `/v1.41/`, where the client sends a version.
fn without_version(path: &str) -> &str {
    let path = path.trim_start_matches('/');
    let versioned = |first: &str| first.starts_with('v') && first.contains('.');
    path.split_once('/').filter(|(first, _)| versioned(first)).map_or(path, |(_, rest)| rest)
}

fn volume(name: &Value) -> Json<Value> {
    Json(
        json!({"Name": name, "Driver": "local", "Mountpoint": "/x", "Labels": {}, "Options": {}, "Scope": "local"}),
    )
}

fn list(script: &Script, query: &str) -> Response {
    let by_label = query.contains("label");
    let told = if by_label { &script.list_managed } else { &script.list_named };
    if let Some(told) = told {
        return refusal(told);
    }
    let managed = |container: &&Container| container.labels.contains_key("molecule.platform.managed");
    let all = script.containers.iter().filter(|(_, container)| !by_label || managed(container));
    let shown = all.map(|(name, it)| json!({"Id": name, "Names": [format!("/{name}")], "Labels": it.labels}));
    Json(shown.collect::<Vec<_>>()).into_response()
}

fn create(script: &mut Script, query: &str, body: &[u8]) -> Response {
    if let Some(told) = &script.create {
        return refusal(told);
    }
    let name = query.split('&').find_map(|pair| pair.strip_prefix("name=")).expect("a name").to_owned();
    let body: Value = serde_json::from_slice(body).expect("JSON");
    if script.containers.contains_key(&name) {
        return refusal(&(409, format!("Conflict. The container name \"/{name}\" is already in use")));
    }
    if script.no_images {
        return missing(&format!("No such image: {}", body["Image"].as_str().unwrap_or_default()));
    }
    let labels = serde_json::from_value(body["Labels"].clone()).unwrap_or_default();
    script.containers.insert(name.clone(), Container { running: false, labels });
    script.bodies.insert(name.clone(), body);
    (StatusCode::CREATED, Json(json!({"Id": name, "Warnings": []}))).into_response()
}

fn container(script: &mut Script, method: &Method, name: &str, rest: &[&str]) -> Response {
    let no_such = format!("No such container: {name}");
    match (method, rest) {
        (&Method::DELETE, []) => match script.remove.clone() {
            Some(told) => refusal(&told),
            None if script.containers.remove(name).is_some() => StatusCode::NO_CONTENT.into_response(),
            None => missing(&no_such),
        },
        (&Method::GET, ["json"]) => match (&script.inspect, script.containers.get(name)) {
            (Some(told), _) => refusal(told),
            (None, Some(found)) => {
                let ports = json!({"8000/tcp": [{"HostIp": "127.0.0.1", "HostPort": "49152"}]});
                let state = json!({"Running": found.running});
                Json(json!({"State": state, "NetworkSettings": {"Ports": ports}})).into_response()
            }
            (None, None) => missing(&no_such),
        },
        (&Method::POST, ["start"]) => match (&script.start, script.containers.get_mut(name)) {
            (Some(told), _) => refusal(told),
            (None, Some(found)) => {
                found.running = true;
                StatusCode::NO_CONTENT.into_response()
            }
            (None, None) => missing(&no_such),
        },
        _ => missing(&no_such),
    }
}
