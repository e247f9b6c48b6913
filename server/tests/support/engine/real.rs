//! The machine's own engine. A test that needs it and finds none says so by name and does nothing.

use std::{
    collections::HashMap,
    path::Path,
    sync::atomic::{AtomicU32, Ordering},
};

use bollard::{
    API_DEFAULT_VERSION, Docker, body_full,
    models::ContainerSummary,
    query_parameters::{
        CreateImageOptionsBuilder, ListContainersOptionsBuilder, ListVolumesOptionsBuilder,
        RemoveContainerOptionsBuilder, RemoveImageOptionsBuilder, RemoveVolumeOptionsBuilder,
    },
};
use futures_util::TryStreamExt as _;
use server_app::config::Environment;

use super::agent;
use crate::support::{TestServer, plane::ADMIN};

const SOCKET: &str = "/var/run/docker.sock";
const SCOPE: &str = "molecule.platform.scope";
static NEXT: AtomicU32 = AtomicU32::new(0);

/// A part of the machine's engine that belongs to one test: everything in it goes with the value.
pub(crate) struct RealEngine {
    pub(crate) docker: Docker,
    /// Label, network and image name of this test alone.
    pub(crate) name: String,
}

impl RealEngine {
    /// The engine with an image of the tiny agent; `None` when none answers, which is said aloud.
    pub(crate) async fn find() -> Option<Self> {
        let docker = match reach().await {
            Ok(docker) => docker,
            Err(why) => {
                let test = std::thread::current().name().unwrap_or("a test").to_owned();
                assert!(!is_required(), "{test} needs a Docker engine, and none answers at {SOCKET}: {why}");
                eprintln!("SKIPPED {test}: no Docker engine answers at {SOCKET}: {why}");
                return None;
            }
        };
        sweep_dead(&docker).await;
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let engine = Self { docker, name: format!("servertest-{}-{number}", std::process::id()) };
        engine.import("claude-code", "/agent").await;
        // An image that cannot start.
        engine.import("codex", "/nowhere").await;
        Some(engine)
    }

    /// A self-hosted server on it.
    pub(crate) async fn server(&self) -> TestServer {
        self.server_with([]).await
    }

    /// As [`Self::server`], with more environment.
    pub(crate) async fn server_with<const N: usize>(&self, more: [(&str, &str); N]) -> TestServer {
        let image = format!("{}-{{runtime}}:1", self.name);
        let mut env = Environment::from([
            ("DOCKER_SCOPE", self.name.as_str()),
            ("DOCKER_NETWORK", self.name.as_str()),
            ("WORKSPACE_IMAGE", image.as_str()),
            ("ADMIN_TOKEN", ADMIN),
            ("AGENT_ALLOWED_CIDRS", "127.0.0.0/8"),
            ("PLATFORM_URL", "http://platform.test"),
        ]);
        env.set("DOCKER_HOST", format!("unix://{SOCKET}"));
        more.into_iter().for_each(|(name, value)| env.set(name, value));
        TestServer::with(env).await
    }

    /// Containers that carry this test's label, stopped ones too.
    pub(crate) async fn containers(&self) -> Vec<ContainerSummary> {
        labelled(&self.docker, &format!("{SCOPE}={}", self.name)).await
    }

    /// Names of the volumes that carry this test's label.
    pub(crate) async fn volumes(&self) -> Vec<String> {
        volumes(&self.docker, &format!("{SCOPE}={}", self.name)).await
    }

    async fn import(&self, runtime: &str, program: &str) {
        let mut archive = tar::Builder::new(Vec::new());
        let binary = agent::binary();
        let mut header = tar::Header::new_gnu();
        header.set_mode(0o755);
        header.set_size(binary.len() as u64);
        archive.append_data(&mut header, "agent", binary.as_slice()).expect("packs");
        let options = CreateImageOptionsBuilder::new()
            .from_src("-")
            .repo(&format!("{}-{runtime}", self.name))
            .tag("1")
            .changes(vec![format!("CMD [\"{program}\"]"), format!("LABEL {SCOPE}={}", self.name)]);
        let archive = body_full(archive.into_inner().expect("packs").into());
        let progress = self.docker.create_image(Some(options.build()), Some(archive), None);
        progress.try_for_each(|_| async { Ok(()) }).await.expect("the image imports");
    }
}

/// Whether somebody promised an engine.
#[allow(clippy::disallowed_methods, reason = "tests learn about their machine from its environment")]
fn is_required() -> bool {
    std::env::var("REQUIRE_DOCKER").is_ok_and(|word| word == "1")
}

async fn reach() -> Result<Docker, bollard::errors::Error> {
    let docker = Docker::connect_with_unix(SOCKET, 60, API_DEFAULT_VERSION)?;
    docker.negotiate_version().await
}

async fn labelled(docker: &Docker, label: &str) -> Vec<ContainerSummary> {
    let filters = HashMap::from([("label", vec![label])]);
    let options = ListContainersOptionsBuilder::new().all(true).filters(&filters).build();
    docker.list_containers(Some(options)).await.expect("a list of containers")
}

async fn volumes(docker: &Docker, label: &str) -> Vec<String> {
    let filters = HashMap::from([("label", vec![label])]);
    let options = ListVolumesOptionsBuilder::new().filters(&filters).build();
    let found = docker.list_volumes(Some(options)).await.expect("a list of volumes");
    found.volumes.unwrap_or_default().into_iter().map(|volume| volume.name).collect()
}

/// What test processes that are gone left behind.
async fn sweep_dead(docker: &Docker) {
    let mut dead: Vec<String> = labelled(docker, SCOPE)
        .await
        .into_iter()
        .filter_map(|container| container.labels?.get(SCOPE).cloned())
        .filter(|name| is_dead(name))
        .collect();
    dead.dedup();
    for name in dead {
        clear(docker, &name).await;
    }
}

fn is_dead(name: &str) -> bool {
    let process = name.strip_prefix("servertest-").and_then(|rest| rest.split('-').next());
    process.is_some_and(|process| !Path::new("/proc").join(process).exists())
}

/// Removes everything of one test; what is gone already is no matter.
async fn clear(docker: &Docker, name: &str) {
    let label = format!("{SCOPE}={name}");
    let force = RemoveContainerOptionsBuilder::new().force(true).v(true).build();
    for container in labelled(docker, &label).await {
        let _ = docker.remove_container(&container.id.unwrap_or_default(), Some(force.clone())).await;
    }
    for volume in volumes(docker, &label).await {
        let options = RemoveVolumeOptionsBuilder::new().force(true).build();
        let _ = docker.remove_volume(&volume, Some(options)).await;
    }
    let _ = docker.remove_network(name).await;
    for runtime in ["claude-code", "codex"] {
        let options = RemoveImageOptionsBuilder::new().force(true).build();
        let _ = docker.remove_image(&format!("{name}-{runtime}:1"), Some(options), None).await;
    }
}

impl Drop for RealEngine {
    fn drop(&mut self) {
        let name = self.name.clone();
        // A runtime of its own: the test's may be the one that is going away.
        let cleared = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(async {
                let docker = reach().await.map_err(std::io::Error::other)?;
                clear(&docker, &name).await;
                Ok::<_, std::io::Error>(())
            })
        });
        if !matches!(cleared.join(), Ok(Ok(()))) {
            eprintln!("{} is left behind on the engine", self.name);
        }
    }
}
