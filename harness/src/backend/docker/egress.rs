//! Seeing from inside that the world outside is out of reach.
//!
//! A container of its own looks around in the network of the one that is asked about: the tenants' image holds
//! nothing to look with, and what another container sees says nothing about a tenant.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::try_join_all;
use harness_model::topology::Kind;

use super::container::{Container, Order};
use super::ground::Ground;
use super::marks::Marks;
use crate::backend::make::Made;
use crate::backend::ready::Running as _;
use crate::world::{LogBook, Position, WorldError, WorldSpec};

/// The program's exit code when a name was reached.
const REACHED: i32 = 3;

/// Refuses a world whose programs can reach what the topology says they must not.
pub(crate) async fn closed_in(
    ground: &Arc<Ground>,
    spec: &WorldSpec,
    made: &Made<Ground>,
) -> Result<(), WorldError> {
    let names = &spec.topology.unreachable;
    if names.is_empty() {
        return Ok(());
    }
    let programs = spec.topology.services.iter().filter(|(name, service)| {
        matches!(service.kind, Kind::Program { .. }) && made.services.contains_key(*name)
    });
    let marks = ground.marks.world(made.number);
    try_join_all(programs.map(|(name, _)| look_from(ground, &marks, name, names))).await.map(drop)
}

async fn look_from(
    ground: &Arc<Ground>,
    marks: &Marks,
    service: &str,
    names: &[String],
) -> Result<(), WorldError> {
    let order = Order {
        service: format!("look-{service}"),
        image: ground.image("agents").await?,
        args: std::iter::once("reach".to_owned()).chain(names.iter().cloned()).collect(),
        env: Vec::new(),
        network: format!("container:{}", marks.container(service)),
        publish: Vec::new(),
        volume: None,
        files: Vec::new(),
        hosts: Vec::new(),
    };
    let log = LogBook::in_memory();
    let looking = Container::start(&ground.docker, marks, &order, &log).await?;
    let ended = looking.ended().await;
    if ended.code != Some(0) {
        // What it found stands in its log, which is read a moment later.
        log.wait_for(Position(0), Duration::from_secs(5), |_| true).await;
    }
    let removed = looking.remove().await;
    let said: Vec<String> = log.since(Position(0)).into_iter().map(|line| line.text).collect();
    match ended.code {
        Some(0) => removed,
        Some(REACHED) => Err(WorldError::Prerequisite {
            what: format!("`{service}` can reach what it must not: {}", said.join("; ")),
            fix: "an internal network of the engine leads somewhere: look at its firewall rules".into(),
        }),
        _ => Err(WorldError::Usage(format!(
            "could not look around from `{service}`: {}; {}",
            ended.text,
            said.join("; ")
        ))),
    }
}
