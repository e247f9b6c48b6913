//! What the worlds of one harness process stand on when they are containers.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use bollard::Docker;
use futures_util::future::{join_all, try_join_all};
use harness_model::topology::{Backend, Kind, ServiceSpec, Topology};
use indexmap::IndexMap;
use sqlx::postgres::PgPool;
use tokio::sync::OnceCell;

use super::container::Container;
use super::databases::{Data, Place, Postgres, Redis};
use super::images::{self, Images};
use super::marks::{Marks, Owned};
use super::network::{Network, Use};
use super::{start, sweep};
use crate::backend::base::{Base, Run};
use crate::backend::carrier::{Carrier, Started};
use crate::backend::draft::Draft;
use crate::backend::process::postgres::database;
use crate::backend::process::programs::{self, Flavour};
use crate::secrets::Secrets;
use crate::world::{LogBook, Options, WorldError, WorldSpec};

const ENDINGS_WITHIN: Duration = Duration::from_secs(60);

/// What the worlds of one harness process stand on.
pub(crate) struct Ground {
    pub(crate) base: Base,
    pub(crate) marks: Marks,
    pub(crate) docker: Docker,
    /// Databases that all worlds share, by service.
    pub(crate) shared: IndexMap<String, Shared>,
    /// Set once a world was seen to reach nothing outside.
    pub(crate) closed_in: OnceCell<()>,
    images: Images,
    network: Network,
}

/// What a world of containers runs.
#[derive(Default)]
pub(crate) struct Taken {
    pub(super) containers: Vec<Arc<Container>>,
    /// Databases that only this world has.
    pub(super) databases: Vec<Arc<Shared>>,
    pub(super) networks: Vec<Network>,
    /// Networks, and whom of the shared containers they hold.
    pub(super) guests: Vec<(Network, String)>,
}

/// A database that all worlds share.
pub(crate) enum Shared {
    Postgres(Postgres),
    Redis(Redis),
}

impl Shared {
    /// What it runs in.
    pub(crate) fn container(&self) -> &Arc<Container> {
        match self {
            Self::Postgres(postgres) => &postgres.container,
            Self::Redis(redis) => &redis.container,
        }
    }

    /// Where the harness finds it: `host:port`.
    pub(crate) fn address(&self) -> String {
        match self {
            Self::Postgres(postgres) => format!("127.0.0.1:{}", postgres.port),
            Self::Redis(redis) => format!("127.0.0.1:{}", redis.port),
        }
    }

    /// Removes it with its data.
    pub(crate) async fn end(&self) -> Result<(), WorldError> {
        match self {
            Self::Postgres(postgres) => postgres.end().await,
            Self::Redis(redis) => redis.container.remove().await,
        }
    }
}

impl Ground {
    /// Connects to the engine and the keeper, and prepares images, programs and shared databases.
    pub(crate) async fn open(options: Options, topology: &Topology) -> Result<Arc<Self>, WorldError> {
        let docker = images::engine().await?;
        let run = Run::begin(options).await?;
        run.keeper.engine().await?;
        let images = Images::new(docker.clone(), &run.options, topology);
        // Before the programs: an image that is refused makes compiling them a waste.
        for image in images_of(topology) {
            run.options.progress.say(format!("image {image}"));
            images.resolve(&image).await?;
        }
        let programs = programs::prepare(&run.options, topology, Flavour::Plain).await?;
        let base = run.base(programs)?;
        let marks = Marks::of(&base.options.cache, &base.run);
        let network = Network::create(&docker, &marks, Use::Publish).await?;
        let (shared, closed_in) = (IndexMap::new(), OnceCell::new());
        let mut ground = Self { base, marks, docker, shared, closed_in, images, network };
        (ground.shared, ground.base.missing) = ground.databases(topology).await?;
        // A tenant that is a container itself gets no engine: it would run its agents beside this world.
        let engine = "tenants in containers have no engine of their own";
        ground.base.missing.push(("docker".into(), engine.into()));
        Ok(Arc::new(ground))
    }

    /// The image of a service, by its name in `fixtures/images/`.
    pub(crate) async fn image(&self, name: &str) -> Result<String, WorldError> {
        Ok(self.images.resolve(name).await?.reference)
    }

    /// Starts what all worlds share; what is missing here and may be, is told.
    async fn databases(
        &self,
        topology: &Topology,
    ) -> Result<(IndexMap<String, Shared>, Vec<(String, String)>), WorldError> {
        let starts = topology.services.iter().map(|(name, service)| async move {
            match self.database(name, service).await {
                Err(WorldError::Prerequisite { what, fix }) if service.optional => {
                    Ok((name.clone(), Err(format!("{what}; {fix}"))))
                }
                Ok(Some(shared)) => Ok((name.clone(), Ok(Some(shared)))),
                Ok(None) => Ok((name.clone(), Ok(None))),
                Err(error) => Err(error),
            }
        });
        let (mut shared, mut missing) = (IndexMap::new(), Vec::new());
        for (name, started) in try_join_all(starts).await? {
            match started {
                Ok(Some(database)) => drop(shared.insert(name, database)),
                Ok(None) => {}
                Err(reason) => missing.push((name, reason)),
            }
        }
        Ok((shared, missing))
    }

    /// Starts a database for all worlds; none when the service is none.
    async fn database(&self, name: &str, service: &ServiceSpec) -> Result<Option<Shared>, WorldError> {
        if !matches!(service.kind, Kind::Postgres(_) | Kind::Redis(_)) {
            return Ok(None);
        }
        let log = LogBook::to_file(&self.base.folder.join(format!("{name}.log")));
        let log = log.map_err(WorldError::io(format!("make the log of `{name}`")))?;
        let secrets = Secrets::default();
        log.hide(&secrets);
        let place = Place {
            docker: &self.docker,
            marks: &self.marks,
            service: name,
            image: self.image(image_of(&service.kind)).await?,
            network: self.network.name().to_owned(),
            port: self.base.ports.take()?,
            log: &log,
            secrets: &secrets,
            within: self.base.options.ready_within,
            data: Data::Memory,
        };
        Ok(match &service.kind {
            Kind::Postgres(_) => Some(Shared::Postgres(Postgres::start(&place).await?)),
            Kind::Redis(spec) => Some(Shared::Redis(Redis::start(&place, spec).await?)),
            Kind::Program { .. } | Kind::Edge(_) | Kind::Agents | Kind::Echo(_) => None,
        })
    }

    /// Ends the run and checks that the engine holds nothing of it.
    pub(crate) async fn close(&self) -> Result<(), WorldError> {
        self.base.settle(ENDINGS_WITHIN).await;
        for shared in self.shared.values() {
            shared.end().await?;
        }
        self.network.remove().await?;
        // What is still there was forgotten: it goes, and is told.
        let owned = Owned::by_run(&self.base.run);
        let left = sweep::look(&self.docker, &owned).await?.names();
        if !left.is_empty() {
            sweep::remove(&owned).await?;
        }
        self.base.leave(left)
    }
}

impl Carrier for Ground {
    const BACKEND: Backend = Backend::Docker;
    const BIND: Ipv4Addr = Ipv4Addr::UNSPECIFIED;
    const SHARES_CLUSTERS: bool = false;

    type Taken = Taken;

    fn base(&self) -> &Base {
        &self.base
    }

    fn accepts(spec: &WorldSpec) -> Result<(), WorldError> {
        let lacking = match spec {
            _ if !spec.bugs.is_empty() => "bug seams in containers",
            _ if !spec.latency.is_zero() => "slow links between containers",
            _ => return Ok(()),
        };
        Err(WorldError::Unsupported(format!("{lacking}: use --backend process")))
    }

    async fn start(draft: &mut Draft<'_, Self>) -> Result<Started, WorldError> {
        start::services(draft).await
    }

    async fn end(&self, taken: Taken) -> Vec<Result<(), WorldError>> {
        let mut ended = join_all(taken.containers.iter().map(|container| container.remove())).await;
        ended.extend(join_all(taken.databases.iter().map(|own| own.end())).await);
        ended.extend(join_all(taken.guests.iter().map(|(network, name)| network.leave(name))).await);
        ended.extend(join_all(taken.networks.iter().map(Network::remove)).await);
        ended
    }

    async fn admin(&self, service: &str) -> Result<Option<PgPool>, WorldError> {
        Ok(match self.shared.get(service) {
            Some(Shared::Postgres(postgres)) => Some(postgres.admin.clone()),
            Some(Shared::Redis(_)) | None => None,
        })
    }

    async fn drop_database(&self, service: &str, name: &str) -> Result<(), WorldError> {
        match self.shared.get(service) {
            Some(Shared::Postgres(postgres)) => database::drop(&postgres.admin, name).await,
            Some(Shared::Redis(_)) | None => Ok(()),
        }
    }

    async fn free_redis(&self, service: &str, number: u32) -> Result<(), WorldError> {
        match self.shared.get(service) {
            Some(Shared::Redis(redis)) => redis.give_back(number).await,
            Some(Shared::Postgres(_)) | None => Ok(()),
        }
    }
}

/// The images that a world of the topology needs, each once.
fn images_of(topology: &Topology) -> Vec<String> {
    let mut images = Vec::new();
    for service in topology.services.values().filter(|service| !service.optional) {
        let image = image_of(&service.kind).to_owned();
        if !images.contains(&image) {
            images.push(image);
        }
    }
    images
}

/// The image that runs a kind of service.
pub(crate) fn image_of(kind: &Kind) -> &str {
    match kind {
        Kind::Postgres(_) => "postgres",
        Kind::Redis(_) => "redis",
        Kind::Program { name, .. } => name,
        Kind::Edge(_) => "nginx",
        // One image holds both programs of the harness itself.
        Kind::Agents | Kind::Echo(_) => "agents",
    }
}
