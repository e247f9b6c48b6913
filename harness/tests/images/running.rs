//! One container of an image, until it is dropped.

use std::collections::HashMap;
use std::io::Cursor;
use std::time::Duration;

use bollard::models::{ContainerCreateBody, HostConfig};
use bollard::query_parameters::{
    LogsOptionsBuilder, RemoveContainerOptionsBuilder, UploadToContainerOptionsBuilder,
    WaitContainerOptionsBuilder,
};
use bollard::{Docker, body_full};
use futures_util::StreamExt as _;
use harness::backend::docker::images::{PROJECT_LABEL, Resolved, engine};
use serde_json::Value;

/// The longest anything here may take.
const SOON: Duration = Duration::from_secs(60);

/// How it is run.
#[derive(Default)]
pub(crate) struct With<'a> {
    pub(crate) env: &'a [&'a str],
    pub(crate) args: &'a [&'a str],
    /// Files put in place before it starts.
    pub(crate) files: &'a [(&'a str, &'a str)],
    /// Folders in memory, with their options.
    pub(crate) memory: &'a [(&'a str, &'a str)],
}

/// A running container.
pub(crate) struct Running {
    docker: Docker,
    id: String,
    address: String,
}

impl Drop for Running {
    fn drop(&mut self) {
        let id = self.id.clone();
        // A drop cannot wait for the test's own runtime, and a failed test must leave nothing, too.
        let removal = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let docker = engine().await.unwrap();
                let options = RemoveContainerOptionsBuilder::new().force(true).v(true).build();
                docker.remove_container(&id, Some(options)).await
            })
        });
        drop(removal.join());
    }
}

impl Running {
    pub(crate) async fn start(image: &Resolved, with: With<'_>) -> Self {
        let docker = engine().await.unwrap();
        let owned = |list: &[&str]| Some(list.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>());
        let memory: HashMap<String, String> =
            with.memory.iter().map(|(path, options)| ((*path).to_owned(), (*options).to_owned())).collect();
        let body = ContainerCreateBody {
            image: Some(image.reference.clone()),
            env: owned(with.env),
            cmd: (!with.args.is_empty()).then(|| owned(with.args)).flatten(),
            // Its image belongs to the project, this container to no world of it.
            labels: Some(HashMap::from([(PROJECT_LABEL.to_owned(), "a test of images".to_owned())])),
            host_config: Some(HostConfig { tmpfs: Some(memory), ..HostConfig::default() }),
            ..ContainerCreateBody::default()
        };
        let id = docker.create_container(None, body).await.unwrap().id;
        let mut running = Self { docker, id, address: String::new() };
        for (path, text) in with.files {
            running.put(path, text).await;
        }
        running.docker.start_container(&running.id, None).await.unwrap();
        let about = running.docker.inspect_container(&running.id, None).await.unwrap();
        let networks = about.network_settings.and_then(|settings| settings.networks).unwrap_or_default();
        running.address = networks.into_values().find_map(|endpoint| endpoint.ip_address).unwrap_or_default();
        running
    }

    async fn put(&self, path: &str, text: &str) {
        let mut tar = tar::Builder::new(Vec::new());
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, path.trim_start_matches('/'), Cursor::new(text)).unwrap();
        let options = UploadToContainerOptionsBuilder::new().path("/").build();
        let body = body_full(tar.into_inner().unwrap().into());
        self.docker.upload_to_container(&self.id, Some(options), body).await.unwrap();
    }

    pub(crate) fn url(&self, port: u16, path: &str) -> String {
        format!("http://{}:{port}{path}", self.address)
    }

    pub(crate) fn address(&self, port: u16) -> String {
        format!("{}:{port}", self.address)
    }

    /// The JSON at a path, once something answers there.
    pub(crate) async fn json(&self, port: u16, path: &str) -> Value {
        let url = self.url(port, path);
        let asking = async {
            loop {
                if let Ok(answer) = reqwest::get(&url).await {
                    return answer.json().await.unwrap();
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        match tokio::time::timeout(SOON, asking).await {
            Ok(value) => value,
            Err(_) => panic!("nothing answers at {url}; it said:\n{}", self.said().await),
        }
    }

    /// Waits for a text in its log.
    pub(crate) async fn says(&self, text: &str) {
        let waiting = async {
            while !self.said().await.contains(text) {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        if tokio::time::timeout(SOON, waiting).await.is_err() {
            panic!("it never said {text:?}, but:\n{}", self.said().await);
        }
    }

    /// Waits for its end; what it said.
    pub(crate) async fn end(&self) -> String {
        let ends = self.docker.wait_container(&self.id, Some(WaitContainerOptionsBuilder::new().build()));
        tokio::time::timeout(SOON, ends.collect::<Vec<_>>()).await.expect("an end");
        self.said().await
    }

    async fn said(&self) -> String {
        let options = LogsOptionsBuilder::new().stdout(true).stderr(true).build();
        let lines = self.docker.logs(&self.id, Some(options)).collect::<Vec<_>>().await;
        lines.into_iter().flatten().map(|line| line.to_string()).collect()
    }

    /// Every file in it, sorted.
    pub(crate) async fn files(&self) -> Vec<String> {
        let mut bytes = Vec::new();
        let mut stream = Box::pin(self.docker.export_container(&self.id));
        while let Some(part) = stream.next().await {
            bytes.extend_from_slice(&part.unwrap());
        }
        let mut archive = tar::Archive::new(Cursor::new(bytes));
        let mut files: Vec<String> = archive
            .entries()
            .unwrap()
            .flatten()
            .filter(|entry| entry.header().entry_type().is_file())
            .map(|entry| entry.path().unwrap().to_string_lossy().into_owned())
            .collect();
        files.sort();
        files
    }

    /// The user it runs as.
    pub(crate) async fn user(&self) -> String {
        let about = self.docker.inspect_container(&self.id, None).await.unwrap();
        about.config.and_then(|config| config.user).unwrap_or_default()
    }
}
