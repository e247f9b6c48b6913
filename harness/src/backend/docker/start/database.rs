//! The databases of a world: of what all worlds share, or of a container of its own when the world will disturb it.

use std::sync::Arc;

use harness_model::topology::{PostgresSpec, Ready, RedisSpec};
use tokio::sync::Mutex;

use super::{Slot, World};
use crate::backend::docker::container::Container;
use crate::backend::docker::controller::{Contained, Untouchable};
use crate::backend::docker::databases::{Data, Place, Postgres, Redis};
use crate::backend::docker::ground::{Shared, image_of};
use crate::backend::process::postgres::database;
use crate::world::{Controller, Endpoint, LogBook, WorldError};

/// Who runs a database of the world.
#[derive(Clone)]
pub(super) enum Hold {
    /// The run, for all worlds.
    Run,
    /// This world, which is going to disturb it.
    World(Arc<Shared>),
}

/// Who runs a database, where services find it, and where the harness does.
type Ends = (Hold, Endpoint, Endpoint);

impl World<'_, '_> {
    /// The database of a Postgres service.
    pub(super) async fn postgres(
        &mut self,
        name: &str,
        spec: &PostgresSpec,
        log: &LogBook,
    ) -> Result<Ends, WorldError> {
        let ground = self.draft.ground;
        let shared = ground.shared.get(name).filter(|_| !self.draft.spec.disturbs.contains(name));
        let database = self.draft.database(name);
        let ends = |postgres: &Postgres| {
            let (inside, outside) = (postgres.inside(name, &database), postgres.outside(&database));
            (Endpoint::Postgres(inside), Endpoint::Postgres(outside))
        };
        if let Some(Shared::Postgres(postgres)) = shared {
            let template = self.draft.template(name, spec)?;
            self.draft.cleanup.get_mut().database(name, &database);
            database::create(&postgres.admin, &database, template.as_deref()).await?;
            self.invite(name, &postgres.container).await?;
            let (inside, outside) = ends(postgres);
            return Ok((Hold::Run, inside, outside));
        }
        let place = self.own_place(name, log).await?;
        let postgres = Postgres::start(&place).await?;
        self.admit(name, postgres.container.name()).await?;
        self.note(name, &postgres.container).await?;
        // The programs of the world fill it: a template lives in the shared cluster.
        database::create(&postgres.admin, &database, None).await?;
        let (inside, outside) = ends(&postgres);
        Ok((self.hold(Shared::Postgres(postgres)), inside, outside))
    }

    /// A logical database of a Redis service; none when this machine has none and may do without.
    pub(super) async fn redis(
        &mut self,
        name: &str,
        spec: &RedisSpec,
        log: &LogBook,
    ) -> Result<Option<Ends>, WorldError> {
        let ground = self.draft.ground;
        let Some(Shared::Redis(shared)) = ground.shared.get(name) else { return Ok(None) };
        let ends = |redis: &Redis, number: u32| {
            (Endpoint::Redis(redis.inside(name, number)), Endpoint::Redis(redis.outside(number)))
        };
        if !self.draft.spec.disturbs.contains(name) {
            let number = shared.take()?;
            self.draft.cleanup.get_mut().redis(name, number);
            self.invite(name, &shared.container).await?;
            let (inside, outside) = ends(shared, number);
            return Ok(Some((Hold::Run, inside, outside)));
        }
        let place = self.own_place(name, log).await?;
        let redis = Redis::start(&place, spec).await?;
        self.admit(name, redis.container.name()).await?;
        let (inside, outside) = ends(&redis, redis.take()?);
        Ok(Some((self.hold(Shared::Redis(redis)), inside, outside)))
    }

    /// Brings a shared container into the world under its service's name.
    async fn invite(&mut self, service: &str, container: &Container) -> Result<(), WorldError> {
        let guest = (self.inside.clone(), container.name().to_owned());
        self.draft.cleanup.get_mut().own().guests.push(guest);
        let names = [service.to_owned(), self.marks.container(service)];
        self.inside.join(container.name(), &names, None).await?;
        self.note(service, container).await
    }

    /// Notes where a database is, for those that start after it.
    async fn note(&mut self, service: &str, container: &Container) -> Result<(), WorldError> {
        let address = container.address(&self.inside).await?;
        self.hosts.extend(address.map(|address| (service.to_owned(), address)));
        Ok(())
    }

    async fn own_place<'p>(&'p mut self, name: &'p str, log: &'p LogBook) -> Result<Place<'p>, WorldError> {
        let ground = self.draft.ground;
        let image = ground.image(image_of(&self.draft.services[name].kind)).await?;
        Ok(Place {
            docker: &ground.docker,
            marks: &self.marks,
            service: name,
            image,
            network: self.publish.name().to_owned(),
            port: self.draft.cleanup.get_mut().port()?,
            log,
            secrets: &self.draft.secrets,
            within: ground.base.options.ready_within,
            data: Data::Disk,
        })
    }

    /// Brings a container that was started elsewhere to where services meet.
    async fn admit(&self, service: &str, container: &str) -> Result<(), WorldError> {
        self.inside.join(container, &[service.to_owned()], None).await
    }

    fn hold(&mut self, database: Shared) -> Hold {
        let database = Arc::new(database);
        self.draft.cleanup.get_mut().own().databases.push(database.clone());
        Hold::World(database)
    }

    /// Who disturbs a database: whoever does not run it may not.
    pub(super) async fn database(
        &self,
        name: &str,
        hold: &Hold,
        slot: &Slot,
    ) -> Result<Arc<dyn Controller>, WorldError> {
        let Hold::World(own) = hold else { return Ok(Arc::new(Untouchable { service: name.to_owned() })) };
        let container = own.container().clone();
        let at = Mutex::new(container.address(&self.inside).await?);
        let awaited = self.draft.ground.base.awaited(name, &[Ready::Tcp], &own.address(), &slot.log);
        slot.links.aim(&awaited.address);
        let (inside, links) = (self.inside.clone(), slot.links.clone());
        Ok(Arc::new(Contained { container, inside, program: None, awaited, links, at }))
    }
}
