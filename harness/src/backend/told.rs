//! Telling how a world comes and goes, for reports.

use std::time::Instant;

use harness_model::event::RunEvent;
use indexmap::IndexMap;

use crate::world::{Events, WorldError, WorldSpec};

/// Tells of one world.
#[derive(Clone)]
pub(crate) struct Told {
    world: String,
    began: Instant,
    events: Option<Events>,
}

impl Told {
    /// Of a world that replays run in; of one that only makes templates nobody wants to hear.
    pub(crate) fn of(world: &str, events: &Events, is_for_replays: bool) -> Self {
        let events = is_for_replays.then(|| events.clone());
        Self { world: world.to_owned(), began: Instant::now(), events }
    }

    /// It begins to boot.
    pub(crate) fn booting(&self, spec: &WorldSpec) {
        let parts = std::iter::once(&spec.topology.name).chain(&spec.variants);
        // As in `two-tenants+short-idle`.
        let topology = parts.map(String::as_str).collect::<Vec<_>>().join("+");
        self.tell(RunEvent::WorldBooting { world: self.world.clone(), topology });
    }

    /// One of its services is ready.
    pub(crate) fn service_ready(&self, service: &str, began: Instant) {
        let (world, service) = (self.world.clone(), service.to_owned());
        self.tell(RunEvent::ServiceReady { world, service, took_ms: millis(began) });
    }

    /// All its services are ready, behind these addresses.
    pub(crate) fn ready(&self, doors: IndexMap<String, String>) {
        let (world, took_ms) = (self.world.clone(), millis(self.began));
        self.tell(RunEvent::WorldReady { world, took_ms, doors });
    }

    /// It is gone, or should be.
    pub(crate) fn down(&self, ended: &Result<(), WorldError>) {
        let leftovers = match ended {
            Err(WorldError::Leftover(names)) => names.clone(),
            Ok(()) | Err(_) => Vec::new(),
        };
        self.tell(RunEvent::WorldDown { world: self.world.clone(), leftovers });
    }

    fn tell(&self, event: RunEvent) {
        if let Some(events) = &self.events {
            events.tell(event);
        }
    }
}

fn millis(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}
