//! Worlds that nobody starts: any server that already runs, or none at all.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use harness_model::topology::{IdentitySpec, Text, Topology};
use indexmap::IndexMap;
use url::Url;

use crate::world::{Control, Controller, Endpoint, LogBook, Service, World, WorldError};

/// The service and the identity of a world that is one server.
const SERVER: &str = "server";

/// A world of one server that already runs, called by the identity `server`; without a URL a world of nothing,
/// in which requests go to absolute URLs.
///
/// # Panics
/// When the TLS of the process has not been set up.
#[must_use]
pub fn static_world(base: Option<&Url>) -> World {
    // Nothing is looked up in such a world; reading the machine's certificates would cost more than a replay.
    let http = reqwest::Client::builder().tls_certs_only([]).build().expect("a client without certificates");
    let mut topology = Topology { name: "none".to_owned(), ..Topology::default() };
    let mut services = IndexMap::new();
    if let Some(base) = base {
        let identity = IdentitySpec { via: Some(Text::literal(SERVER)), ..IdentitySpec::default() };
        topology.identities.insert(SERVER.to_owned(), identity);
        let endpoint = Endpoint::Http(base.as_str().trim_end_matches('/').to_owned());
        let (env, log) = (IndexMap::new(), LogBook::in_memory());
        let service = Service::new(SERVER.to_owned(), endpoint, env, log, Arc::new(NotOurs));
        services.insert(SERVER.to_owned(), service);
    }
    let teardown = Box::new(|| -> BoxFuture<'static, Result<(), WorldError>> { Box::pin(async { Ok(()) }) });
    let world = World::new("none".to_owned(), Arc::new(topology), IndexMap::new(), services, http, teardown);
    world.found_programs(IndexMap::new());
    world
}

/// A server that somebody else runs.
struct NotOurs;

impl Controller for NotOurs {
    fn control(&self, control: Control) -> BoxFuture<'_, Result<(), WorldError>> {
        Box::pin(async move { Err(WorldError::Unsupported(format!("{control:?}").to_lowercase())) })
    }
}
