//! Worlds for the engine's own tests: small servers of the test behind a real [`World`] handle.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use futures_util::future::BoxFuture;
use harness_model::topology::{IdentitySpec, Text, Topology};
use indexmap::IndexMap;
use tokio::net::{TcpListener, TcpSocket};

use crate::world::{Control, Controller, Endpoint, LogBook, Looked, Service, World, WorldError};

/// Serves an app on a port of its own until the test ends.
pub(crate) async fn serve(app: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    format!("http://{address}")
}

/// An address that refuses connections for as long as the socket is held: nobody else can listen there meanwhile.
pub(crate) fn refusing() -> (TcpSocket, SocketAddr) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = socket.local_addr().unwrap();
    (socket, address)
}

/// Turns the clock of the test: whatever was to happen until then is due now, however slow the machine is.
pub(crate) async fn turn_clock(by: Duration) {
    tokio::time::pause();
    tokio::time::advance(by).await;
    tokio::time::resume();
}

/// A world under construction.
#[derive(Default)]
pub(crate) struct Builder {
    topology: Topology,
    services: IndexMap<String, Service>,
    folder: Option<PathBuf>,
}

impl Builder {
    /// Services that are added from now on write their logs into files here.
    pub(crate) fn logs_in(self, folder: &Path) -> Self {
        std::fs::create_dir_all(folder).unwrap();
        Self { folder: Some(folder.to_owned()), ..self }
    }

    /// Adds a service.
    pub(crate) fn service(mut self, name: &str, endpoint: Endpoint, env: &[(&str, Looked)]) -> Self {
        let env = env.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        let log = match &self.folder {
            Some(folder) => LogBook::to_file(&folder.join(format!("{name}.log"))).unwrap(),
            None => LogBook::in_memory(),
        };
        let service = Service::new(name.into(), endpoint, env, log, Arc::new(Inert));
        self.services.insert(name.into(), service);
        self
    }

    /// Adds a server that the identity `anyone` calls.
    pub(crate) async fn server(self, app: Router) -> Self {
        let url = serve(app).await;
        let mut this = self.service("server", Endpoint::Http(url), &[]);
        let anyone = IdentitySpec { via: Some(Text::literal("server")), ..IdentitySpec::default() };
        this.topology.identities.insert("anyone".into(), anyone);
        this
    }

    /// Changes the topology.
    pub(crate) fn with(mut self, change: impl FnOnce(&mut Topology)) -> Self {
        change(&mut self.topology);
        self
    }

    /// The world.
    pub(crate) fn build(self) -> World {
        let _ = rustls::crypto::ring::default_provider().install_default();
        // These worlds are plain HTTP: to read the roots of the machine again for each of them takes longer than a test.
        let http = reqwest::Client::builder().tls_certs_only([]).build().unwrap();
        let teardown =
            Box::new(|| -> BoxFuture<'static, Result<(), WorldError>> { Box::pin(async { Ok(()) }) });
        let variables = IndexMap::new();
        World::new("test".into(), Arc::new(self.topology), variables, self.services, http, teardown)
    }
}

/// Notes what it is told, in the log only.
struct Inert;

impl Controller for Inert {
    fn control(&self, _: Control) -> BoxFuture<'_, Result<(), WorldError>> {
        Box::pin(async { Ok(()) })
    }
}
