//! Judging in the world that somebody keeps: which cases it serves, and with what is in it.
//!
//! A replay is a guest there when it would be a guest anyway: `world: shared`, of just that world, disturbing nothing
//! that it was not made to have disturbed. One that relies on a world nobody has touched gets its own, as always, so
//! that no verdict depends on what a person did before. The topology's seed part is not run again: what it left serves.

use std::fs::File;
use std::sync::Arc;

use harness_model::event::{RunEvent, TopologyMap};
use harness_model::replay::parse_part;
use harness_model::verdict::Missing;
use harness_model::yaml::{Source, Style};
use indexmap::IndexMap;
use serde_json::json;

use super::hub::Hub;
use super::in_world;
use super::load::Ready;
use crate::backend::process::{lock, places};
use crate::engine::LoadedPart;
use crate::world::lease::{self, Kept, Seeded};
use crate::world::{Backend, Options, World, WorldError, WorldSpec};

/// The world that somebody keeps, for as long as a run is its guest.
pub struct Lodging {
    kept: Kept,
    seed: Option<(String, Arc<LoadedPart>)>,
    /// One run at a time: the next one waits.
    _turn: File,
}

impl Lodging {
    /// The kept world of a project, fresh and seeded.
    ///
    /// # Errors
    /// When no world is up, it is no longer what the working tree says, or it has no seed of its own.
    pub async fn open(options: &Options) -> Result<Self, WorldError> {
        let Some(kept) = lease::attach(options).await? else {
            let (what, fix) = ("no world is up".into(), "harness up, then harness seed".into());
            return Err(WorldError::Prerequisite { what, fix });
        };
        kept.check_fresh(options)?;
        let part = kept.world.topology().seed.clone();
        let seed = match part {
            Some(path) => Some((path, seed(&Seeded::demand(&options.root, &kept.world)?)?)),
            None => None,
        };
        places::make_cache(&options.cache)?;
        let turn = lock::exclusive(&options.cache.join("kept.lock")).await?;
        Ok(Self { kept, seed, _turn: turn })
    }

    /// What carries it.
    #[must_use]
    pub fn backend(&self) -> Backend {
        self.kept.backend
    }

    /// Why a case gets a world of its own; none when it is a guest here.
    #[must_use]
    pub fn refuses(&self, case: &Ready, wanted: &WorldSpec) -> Option<String> {
        let other = self.kept.refuses(wanted);
        other.or_else(|| (!in_world::is_shared(case)).then(|| "it asks for a fresh one".to_owned()))
    }

    /// The world.
    pub(super) fn world(&self) -> &World {
        &self.kept.world
    }

    /// What it lacks.
    pub(super) fn missing(&self) -> Vec<Missing> {
        let missing = self.kept.missing.iter().cloned();
        missing.map(|(capability, reason)| Missing { capability, reason }).collect()
    }

    /// The parts that a guest uses: in place of the seed's, what that left.
    pub(super) fn parts(
        &self,
        mut parts: IndexMap<String, Arc<LoadedPart>>,
    ) -> IndexMap<String, Arc<LoadedPart>> {
        if let Some((path, left)) = &self.seed
            && let Some(part) = parts.get_mut(path)
        {
            part.clone_from(left);
        }
        parts
    }

    /// Tells reports of the world, which nobody has seen coming.
    pub(super) fn tell(&self, hub: &Hub) {
        let world = &self.kept.world;
        let (id, topology) = (world.id().to_owned(), world.topology());
        hub.emit(RunEvent::TopologyOpened(TopologyMap::of(topology)));
        hub.emit(RunEvent::WorldBooting { world: id.clone(), topology: topology.name.clone() });
        let doors = world.services().flat_map(|service| {
            let outside = service.url().map(|url| url.trim_start_matches("http://"));
            let found = outside.into_iter().chain(service.authority());
            found.map(|address| (address.to_owned(), service.name().to_owned()))
        });
        hub.emit(RunEvent::WorldReady { world: id, took_ms: 0, doors: doors.collect() });
    }
}

/// A part that does nothing but say what the seed left.
fn seed(seeded: &Seeded) -> Result<Arc<LoadedPart>, WorldError> {
    let outputs: Vec<&String> = seeded.values.keys().collect();
    let part = json!({
        "part": "what the seed left",
        "outputs": outputs,
        "steps": [{ "let": seeded.values }],
    });
    // A value is a value, whatever it looks like.
    let source = Source::new(".harness/seed.json", part.to_string().replace("${", "$${"));
    let (part, diagnostics) = parse_part(&source);
    let part = part.ok_or_else(|| WorldError::Usage(diagnostics.render(Style::Plain)))?;
    Ok(Arc::new(LoadedPart { part, source }))
}
