//! Making a world: the same on every backend, down to how a failure gives everything back.

use std::sync::Arc;

use indexmap::IndexMap;

use super::carrier::{Carrier, Started};
use super::cleanup::Cleanup;
use super::draft::Draft;
use super::template::{self, Databases};
use super::told::Told;
use crate::world::{Service, World, WorldError, WorldSpec};

/// A world and what it has taken.
pub(crate) struct Made<C: Carrier> {
    pub(crate) id: String,
    /// Its number within the run.
    pub(crate) number: u32,
    pub(crate) services: IndexMap<String, Service>,
    pub(crate) cleanup: Cleanup<C>,
    variables: IndexMap<String, String>,
    told: Told,
}

/// Makes a world whose databases are clones and waits until all its services are ready.
pub(crate) async fn cloned<C: Carrier>(ground: &Arc<C>, spec: &WorldSpec) -> Result<Made<C>, WorldError> {
    template::ensure(ground, &spec.topology).await?;
    of(ground, spec, Databases::Cloned).await
}

/// Makes a world and waits until all its services are ready.
pub(crate) async fn of<C: Carrier>(
    ground: &Arc<C>,
    spec: &WorldSpec,
    databases: Databases,
) -> Result<Made<C>, WorldError> {
    C::accepts(spec)?;
    let mut draft = Draft::new(ground, spec, databases)?;
    draft.told.booting(spec);
    let started = C::start(&mut draft).await;
    let Draft { number, facts, secrets, cleanup, told, .. } = draft;
    let cleanup = cleanup.into_inner();
    match started {
        Ok(Started { services, doors }) => {
            told.ready(doors);
            Ok(Made { id: facts.world, number, services, cleanup, variables: facts.variables, told })
        }
        Err(error) => {
            // The first error is the one to tell.
            let _ = cleanup.run().await;
            told.down(&Ok(()));
            Err(error.without(&secrets))
        }
    }
}

impl<C: Carrier> Made<C> {
    /// A handle for whoever wanted it.
    pub(crate) fn world(self, ground: &C, spec: &WorldSpec) -> World {
        let Self { id, services, cleanup, variables, told, .. } = self;
        let teardown =
            Box::new(move || -> futures_util::future::BoxFuture<'static, Result<(), WorldError>> {
                Box::pin(async move {
                    let ended = cleanup.run().await;
                    told.down(&ended);
                    ended
                })
            });
        let base = ground.base();
        let world = World::new(id, spec.topology.clone(), variables, services, base.http.clone(), teardown);
        world.found_programs(base.program_files());
        world
    }
}
