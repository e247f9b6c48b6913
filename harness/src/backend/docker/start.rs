//! Starting the services of one world of containers: networks, names, environments, databases, then services in
//! the order they need.
//!
//! Services reach each other by name in a network without a route out. The harness reaches a service through
//! a port that is published on the loopback, or, when the service has none, at its address in that network:
//! on Linux the machine itself is in every network of its engine. [`place`] gives a service its name and port,
//! [`database`] its database, [`contained`] runs a container, [`task`] serves an edge that a replay scripts.

mod contained;
mod database;
mod place;
mod task;

use std::sync::Arc;

use harness_model::topology::{Kind, ServiceSpec};
use indexmap::IndexMap;
use tokio::sync::Mutex;

use self::database::Hold;
use super::ground::Ground;
use super::marks::Marks;
use super::network::{Network, Use};
use crate::backend::carrier::Started;
use crate::backend::draft::Draft;
use crate::backend::links::Links;
use crate::backend::order;
use crate::world::{Controller, Endpoint, LogBook, Service, WorldError, doors};

/// A world of containers that is being made.
struct World<'w, 'a> {
    draft: &'w mut Draft<'a, Ground>,
    marks: Marks,
    inside: Network,
    publish: Network,
    slots: IndexMap<String, Slot>,
    /// Where databases are in the network where services meet. The engine's name server is one process for all
    /// containers; a server that opens many connections at once would wait for it.
    hosts: IndexMap<String, String>,
    /// Where the harness finds the services that are ready.
    outside: Mutex<IndexMap<String, String>>,
}

/// What a service has before it starts.
struct Slot {
    log: LogBook,
    /// Its own port.
    port: u16,
    /// The port of the loopback it is published on.
    published: Option<u16>,
    /// A database: who runs it, and where the harness finds it.
    database: Option<(Hold, Endpoint)>,
    /// How the services that it is to be cut off from reach it.
    links: Links,
}

/// Starts every service and waits until all are ready.
pub(super) async fn services(draft: &mut Draft<'_, Ground>) -> Result<Started, WorldError> {
    let marks = draft.ground.marks.world(draft.number);
    let inside = network(draft, &marks, Use::Inside).await?;
    let publish = network(draft, &marks, Use::Publish).await?;
    let (slots, hosts, outside) = (IndexMap::new(), IndexMap::new(), Mutex::default());
    let mut world = World { draft, marks, inside, publish, slots, hosts, outside };
    for name in world.draft.services.keys().cloned().collect::<Vec<_>>() {
        world.place(&name).await?;
    }
    world.draft.resolve()?;
    let world = &world;
    let services = order::start(&world.draft.services, &world.draft.told, |name, service| async move {
        match world.slots.get(name) {
            Some(slot) => world.start(name, service, slot).await.map(Some),
            None => Ok(None),
        }
    });
    let services = services.await?;
    Ok(Started { services, doors: world.doors().await? })
}

async fn network(draft: &mut Draft<'_, Ground>, marks: &Marks, what: Use) -> Result<Network, WorldError> {
    let network = Network::create(&draft.ground.docker, marks, what).await?;
    draft.cleanup.get_mut().own().networks.push(network.clone());
    Ok(network)
}

impl World<'_, '_> {
    /// Starts one service and waits until it is ready.
    async fn start(&self, name: &str, service: &ServiceSpec, slot: &Slot) -> Result<Service, WorldError> {
        let (controller, endpoint): (Arc<dyn Controller>, Endpoint) = match (&service.kind, &slot.database) {
            (_, Some((hold, endpoint))) => (self.database(name, hold, slot).await?, endpoint.clone()),
            (Kind::Edge(spec), None) if self.draft.spec.disturbs.contains(name) => {
                self.edge_task(name, service, spec, slot).await?
            }
            (_, None) => {
                let contained = self.contained(name, service, slot).await?;
                let endpoint = Endpoint::Http(format!("http://{}", contained.awaited.address));
                (Arc::new(contained), endpoint)
            }
        };
        let service = self.draft.service(name, endpoint, &slot.log, controller);
        let inside = self.draft.facts.endpoints.get(name).and_then(|inside| inside.part("address"));
        Ok(service.known_as(inside.map(|address| address.expose().to_owned())))
    }

    /// The addresses that services are called by, from inside and from outside.
    async fn doors(&self) -> Result<IndexMap<String, String>, WorldError> {
        let Draft { services, facts, environments, .. } = &*self.draft;
        let mut doors = doors::of(services, facts, environments)?;
        let outside = self.outside.lock().await;
        doors.extend(outside.iter().map(|(service, address)| (address.clone(), service.clone())));
        Ok(doors)
    }
}
