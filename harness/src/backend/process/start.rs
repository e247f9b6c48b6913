//! Starting the services of one world: addresses, environments, databases, then services in the order they need.
//!
//! [`place`] gives a service its address, [`program`] runs a child process, [`task`] serves a part of the harness
//! itself.

mod place;
mod program;
mod task;

use std::sync::Arc;

use harness_model::topology::{Kind, PostgresSpec, ServiceSpec};
use indexmap::IndexMap;
use tokio::net::TcpListener;
use tokio::sync::Mutex;

use super::controller::Linked;
use super::ground::Ground;
use super::postgres::database;
use crate::backend::carrier::Started;
use crate::backend::draft::Draft;
use crate::backend::links::Links;
use crate::backend::order;
use crate::world::{Controller, LogBook, Position, Service, WorldError, doors};

/// A world of processes that is being made.
type World<'a> = Draft<'a, Ground>;

/// What a service has before it starts.
struct Slot {
    log: LogBook,
    links: Links,
    /// Where it listens itself: `127.0.0.1:<port>`.
    address: String,
    /// For a task of this process: its listener, taken when it starts.
    listener: Mutex<Option<TcpListener>>,
}

/// Starts every service and waits until all are ready.
pub(super) async fn services(world: &mut World<'_>) -> Result<Started, WorldError> {
    let mut slots: IndexMap<String, Slot> = IndexMap::new();
    for name in world.services.keys().cloned().collect::<Vec<_>>() {
        if let Some(slot) = place::of(world, &name).await? {
            slots.insert(name, slot);
        }
    }
    world.resolve()?;
    let (world, slots) = (&*world, &slots);
    let services = order::start(&world.services, &world.told, |name, service| async move {
        match slots.get(name) {
            Some(slot) => start(world, name, service, slot).await.map(Some),
            None => Ok(None),
        }
    });
    let services = services.await?;
    let doors = doors::of(&world.services, &world.facts, &world.environments)?;
    Ok(Started { services, doors })
}

/// Starts one service and waits until it is ready.
async fn start(
    world: &World<'_>,
    name: &str,
    service: &ServiceSpec,
    slot: &Slot,
) -> Result<Service, WorldError> {
    let linked = || Linked { name: name.to_owned(), links: slot.links.clone() };
    let controller: Arc<dyn Controller> = match &service.kind {
        Kind::Postgres(spec) => {
            fill(world, name, spec).await?;
            Arc::new(linked())
        }
        Kind::Redis(_) => Arc::new(linked()),
        Kind::Program { name: program, args } => {
            Arc::new(program::run(world, name, service, (program, args), slot).await?)
        }
        Kind::Edge(_) | Kind::Agents | Kind::Echo(_) => {
            task::serve(world, name, &service.kind, slot).await?;
            let base = &world.ground.base;
            let awaited = base.awaited(name, &service.ready, &slot.address, &slot.log);
            awaited.ready(None, Position::default()).await?;
            Arc::new(linked())
        }
    };
    Ok(world.service(name, world.facts.endpoints[name].clone(), &slot.log, controller))
}

/// Makes the database of a Postgres service.
async fn fill(world: &World<'_>, name: &str, spec: &PostgresSpec) -> Result<(), WorldError> {
    let database = world.database(name);
    world.cleanup.lock().await.database(name, &database);
    let template = world.template(name, spec)?;
    let cluster = world.ground.cluster(name).await?;
    database::create(cluster.admin(), &database, template.as_deref()).await
}
