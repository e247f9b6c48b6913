//! Serving a part of the harness itself: the edge, the agents, the echo server.

use std::net::Ipv4Addr;

use harness_model::topology::{EdgeSpec, Kind};
use tokio::net::TcpListener;

use super::{Slot, World};
use crate::agent::{AgentHost, HostConfig};
use crate::backend::process::echo;
use crate::edge::{self, Edge};
use crate::world::WorldError;

/// Serves it on the listener that the service's place has kept for it.
pub(super) async fn serve(world: &World<'_>, name: &str, kind: &Kind, slot: &Slot) -> Result<(), WorldError> {
    let Some(listener) = slot.listener.lock().await.take() else { return Ok(()) };
    let serving = match kind {
        Kind::Edge(spec) => tokio::spawn(Edge::serve(listener, edge(world, name, spec)?, slot.log.clone())),
        Kind::Echo(spec) => tokio::spawn(echo::serve(listener, spec.log_path.clone())),
        Kind::Agents => return agents(world, name, listener).await,
        Kind::Postgres(_) | Kind::Redis(_) | Kind::Program { .. } => return Ok(()),
    };
    world.cleanup.lock().await.task(serving.abort_handle());
    Ok(())
}

async fn agents(world: &World<'_>, name: &str, listener: TcpListener) -> Result<(), WorldError> {
    let ports = world.ground.base.ports.take_block()?;
    let mut cleanup = world.cleanup.lock().await;
    cleanup.own().blocks.push(ports.clone());
    let config = HostConfig {
        host_name: "127.0.0.1".into(),
        bind: Ipv4Addr::LOCALHOST.into(),
        ports: ports.start..=ports.end - 1,
        build: "in-process".into(),
        folder: world.folder.join(name),
    };
    let host = AgentHost::serve(listener, config);
    cleanup.own().agents.push(host.map_err(WorldError::io(format!("serve `{name}`")))?);
    Ok(())
}

/// The edge's configuration.
fn edge(world: &World<'_>, name: &str, spec: &EdgeSpec) -> Result<edge::Config, WorldError> {
    world.edge(name, spec, |service| {
        let endpoint = world.facts.endpoints.get(service)?;
        Some(endpoint.part("address")?.expose().to_owned())
    })
}
