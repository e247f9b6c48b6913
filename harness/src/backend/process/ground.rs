//! What the worlds of one harness process stand on when they are processes.

use std::collections::HashMap;
use std::net::Ipv4Addr;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use harness_model::topology::{Backend, Kind, Topology};
use secrecy::{ExposeSecret as _, SecretString};
use sqlx::postgres::{PgPool, PgPoolOptions};
use tokio::sync::{Mutex, OnceCell};

use super::child::Child;
use super::keeper::Keeper;
use super::programs::{self, Built, Flavour, Programs};
use super::{keeper, places, start};
use crate::agent::AgentHost;
use crate::backend::base::{Base, Run};
use crate::backend::carrier::{Carrier, Started};
use crate::backend::docker;
use crate::backend::draft::Draft;
use crate::world::{Options, WorldError, WorldSpec};

const ENDINGS_WITHIN: Duration = Duration::from_secs(10);

/// What the worlds of one harness process stand on.
pub(crate) struct Ground {
    pub(crate) base: Base,
    /// The flavours with bug seams, built when a world first asks for a bug.
    seamed: OnceCell<Programs>,
    clusters: Mutex<HashMap<String, Cluster>>,
    redis: Option<SecretString>,
}

/// How a cluster is reached.
#[derive(Clone)]
pub(crate) struct Cluster {
    admin: PgPool,
    url: SecretString,
}

/// What a world of processes runs.
#[derive(Default)]
pub(crate) struct Taken {
    pub(super) children: Vec<Arc<Mutex<Child>>>,
    pub(super) agents: Vec<AgentHost>,
    pub(super) blocks: Vec<Range<u16>>,
}

impl Ground {
    /// Connects to the keeper and prepares programs and shared services, all at once.
    pub(crate) async fn open(options: Options, topology: &Topology) -> Result<Arc<Self>, WorldError> {
        if options.rebuild {
            places::make_cache(&options.cache)?;
            keeper::forget_clusters(&options.cache).await?;
        }
        let run = Run::begin(options).await?;
        let shared = Shared { keeper: &run.keeper, topology };
        let engine = async { Ok(docker::engine::missing().await) };
        let (programs, clusters, redis, engine) = tokio::try_join!(
            programs::prepare(&run.options, topology, Flavour::Plain),
            shared.clusters(),
            shared.redis(),
            engine
        )?;
        let (redis, missing) = redis;
        let mut base = run.base(programs)?;
        base.missing = missing.into_iter().chain(engine).collect();
        Ok(Arc::new(Self { base, seamed: OnceCell::new(), clusters: Mutex::new(clusters), redis }))
    }

    /// A program of the topology; the flavour with bug seams where a world asks for a bug.
    pub(crate) async fn program(
        &self,
        name: &str,
        topology: &Topology,
        flavour: Flavour,
    ) -> Result<&Built, WorldError> {
        let programs = match flavour {
            Flavour::Plain => &self.base.programs,
            Flavour::Seamed => {
                let seamed = || programs::prepare(&self.base.options, topology, Flavour::Seamed);
                self.seamed.get_or_try_init(seamed).await?
            }
        };
        programs.get(name).ok_or_else(|| WorldError::unknown("program", name, programs.keys()))
    }

    /// The flavours with bug seams, once a world has asked for them.
    pub(crate) fn seamed(&self) -> Option<&Programs> {
        self.seamed.get()
    }

    /// A cluster, started when a variant is the first to ask for it.
    pub(crate) async fn cluster(&self, service: &str) -> Result<Cluster, WorldError> {
        let mut clusters = self.clusters.lock().await;
        if let Some(cluster) = clusters.get(service) {
            return Ok(cluster.clone());
        }
        let cluster = Cluster::reach(&self.base.keeper, service).await?;
        clusters.insert(service.to_owned(), cluster.clone());
        Ok(cluster)
    }

    /// The Redis, unless this machine has none.
    pub(crate) fn redis(&self) -> Option<&SecretString> {
        self.redis.as_ref()
    }

    /// Ends the run: whatever a world forgot goes with the folder. The keeper notices the rest.
    pub(crate) async fn close(&self) -> Result<(), WorldError> {
        self.base.settle(ENDINGS_WITHIN).await;
        for cluster in self.clusters.lock().await.values() {
            cluster.admin.close().await;
        }
        let left = keeper::sweep::processes_below(&self.base.folder);
        let left = left.into_iter().map(keeper::sweep::named).collect();
        keeper::sweep::end_processes_below(&self.base.folder).await;
        self.base.leave(left)
    }
}

impl Carrier for Ground {
    const BACKEND: Backend = Backend::Process;
    const BIND: Ipv4Addr = Ipv4Addr::LOCALHOST;
    const SHARES_CLUSTERS: bool = true;

    type Taken = Taken;

    fn base(&self) -> &Base {
        &self.base
    }

    fn accepts(_: &WorldSpec) -> Result<(), WorldError> {
        Ok(())
    }

    async fn start(draft: &mut Draft<'_, Self>) -> Result<Started, WorldError> {
        start::services(draft).await
    }

    async fn end(&self, taken: Taken) -> Vec<Result<(), WorldError>> {
        let ends = taken.children.iter().map(|child| async move {
            let child = child.lock().await;
            child.kill().await?;
            self.base.keeper.untrack(child.group()).await
        });
        let ended = join_all(ends).await;
        for host in taken.agents {
            host.stop().await;
        }
        for block in taken.blocks {
            self.base.ports.give_block_back(block);
        }
        ended
    }

    async fn admin(&self, service: &str) -> Result<Option<PgPool>, WorldError> {
        self.cluster(service).await.map(|cluster| Some(cluster.admin))
    }

    async fn drop_database(&self, service: &str, database: &str) -> Result<(), WorldError> {
        self.base.keeper.drop_database(service, database).await
    }

    async fn free_redis(&self, _: &str, number: u32) -> Result<(), WorldError> {
        self.base.keeper.give_redis_database(number).await
    }
}

/// Starts what all worlds of a topology share.
struct Shared<'a> {
    keeper: &'a Keeper,
    topology: &'a Topology,
}

impl Shared<'_> {
    async fn clusters(&self) -> Result<HashMap<String, Cluster>, WorldError> {
        let postgres = |kind: &Kind| matches!(kind, Kind::Postgres(_));
        let wanted = self.topology.services.iter().filter(|(_, service)| postgres(&service.kind));
        let reached = wanted.map(|(name, _)| async move {
            Cluster::reach(self.keeper, name).await.map(|cluster| (name.clone(), cluster))
        });
        futures_util::future::try_join_all(reached).await.map(|found| found.into_iter().collect())
    }

    async fn redis(&self) -> Result<(Option<SecretString>, Vec<(String, String)>), WorldError> {
        for (name, service) in &self.topology.services {
            let Kind::Redis(redis) = &service.kind else { continue };
            return match self.keeper.redis(redis.notify.clone()).await {
                Ok(url) => Ok((Some(url), Vec::new())),
                Err(WorldError::Prerequisite { what, fix }) if service.optional => {
                    Ok((None, vec![(name.clone(), format!("{what}; {fix}"))]))
                }
                Err(error) => Err(error),
            };
        }
        Ok((None, Vec::new()))
    }
}

impl Cluster {
    async fn reach(keeper: &Keeper, name: &str) -> Result<Self, WorldError> {
        let url = keeper.cluster(name).await?;
        let admin = PgPoolOptions::new().max_connections(4).connect_lazy(url.expose_secret());
        let admin = admin.map_err(WorldError::database(format!("reach the cluster of `{name}`")))?;
        Ok(Self { admin, url })
    }

    /// The address of one of its databases.
    pub(crate) fn database_url(&self, database: &str, port: Option<u16>) -> SecretString {
        let mut url =
            url::Url::parse(self.url.expose_secret()).expect("the keeper gives well formed addresses");
        url.set_path(database);
        if let Some(port) = port {
            let _ = url.set_port(Some(port));
        }
        url.to_string().into()
    }

    /// Who may make databases in it.
    pub(crate) fn admin(&self) -> &PgPool {
        &self.admin
    }

    /// `host:port`, for a link.
    pub(crate) fn address(&self) -> String {
        address(&self.url)
    }
}

/// `host:port` of an address.
pub(crate) fn address(url: &SecretString) -> String {
    let url = url::Url::parse(url.expose_secret()).expect("the keeper gives well formed addresses");
    format!("{}:{}", url.host_str().unwrap_or("127.0.0.1"), url.port().unwrap_or_default())
}
