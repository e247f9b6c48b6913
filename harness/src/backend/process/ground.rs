//! What the worlds of one harness process stand on.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use harness_model::topology::{Kind, Program, Topology};
use indexmap::IndexMap;
use secrecy::{ExposeSecret as _, SecretString};
use sqlx::postgres::{PgPool, PgPoolOptions};
use tokio::sync::{Mutex, OnceCell};
use tokio_util::task::TaskTracker;

use super::keeper::Keeper;
use super::ports::Ports;
use super::programs::{self, Programs};
use super::{keeper, places};
use crate::world::{Options, WorldError};

const ENDINGS_WITHIN: Duration = Duration::from_secs(10);

/// What the worlds of one harness process stand on.
pub(crate) struct Ground {
    pub(crate) options: Options,
    /// This process's run id: in the names of databases and folders.
    pub(crate) run: String,
    pub(crate) folder: PathBuf,
    pub(crate) keeper: Keeper,
    pub(crate) ports: Ports,
    pub(crate) programs: Programs,
    pub(crate) http: reqwest::Client,
    /// What this machine lacks: capability and reason.
    pub(crate) missing: Vec<(String, String)>,
    clusters: Mutex<HashMap<String, Cluster>>,
    redis: Option<SecretString>,
    /// Programs whose running digest was compared with the tree's.
    checked: Mutex<HashSet<String>>,
    worlds: AtomicU32,
    /// Worlds that were dropped and are ending.
    pub(crate) endings: TaskTracker,
    /// Set once the topology's database templates are there.
    pub(crate) templates: OnceCell<()>,
}

/// How a cluster is reached.
#[derive(Clone)]
pub(crate) struct Cluster {
    pub(crate) admin: PgPool,
    url: SecretString,
}

impl Ground {
    /// Every program a replay may run: those of the topology, and the harness itself.
    pub(crate) fn program_files(&self) -> IndexMap<String, PathBuf> {
        let own = ("harness".to_owned(), self.options.keeper.clone());
        let built = self.programs.iter().map(|(name, built)| (name.clone(), built.path.clone()));
        std::iter::once(own).chain(built).collect()
    }

    /// Connects to the keeper and prepares programs and shared services, all at once.
    pub(crate) async fn open(options: Options, topology: &Topology) -> Result<Arc<Self>, WorldError> {
        places::make_cache(&options.cache)?;
        if options.rebuild {
            keeper::forget_clusters(&options.cache).await?;
        }
        let run = hex::encode(rand::random::<[u8; 4]>());
        let folder = places::runs(&options.cache).join(&run);
        let keeper = Keeper::connect(&options.cache, &options.keeper, &run, &folder).await?;
        std::fs::create_dir_all(&folder).map_err(WorldError::io(format!("make {}", folder.display())))?;
        let shared = Shared { keeper: &keeper, topology };
        let (programs, clusters, redis) =
            tokio::try_join!(programs::prepare(&options, topology), shared.clusters(), shared.redis())?;
        let (redis, missing) = redis;
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| WorldError::Usage(format!("no HTTP client: {error}")))?;
        Ok(Arc::new(Self {
            ports: Ports::new(&places::ports())?,
            clusters: Mutex::new(clusters),
            checked: Mutex::default(),
            worlds: AtomicU32::new(0),
            endings: TaskTracker::new(),
            templates: OnceCell::new(),
            options,
            run,
            folder,
            keeper,
            programs,
            http,
            missing,
            redis,
        }))
    }

    /// A number no other world of this run has.
    pub(crate) fn next_world(&self) -> u32 {
        self.worlds.fetch_add(1, Ordering::Relaxed)
    }

    /// A cluster, started when a variant is the first to ask for it.
    pub(crate) async fn cluster(&self, service: &str) -> Result<Cluster, WorldError> {
        let mut clusters = self.clusters.lock().await;
        if let Some(cluster) = clusters.get(service) {
            return Ok(cluster.clone());
        }
        let cluster = Cluster::reach(&self.keeper, service).await?;
        clusters.insert(service.to_owned(), cluster.clone());
        Ok(cluster)
    }

    /// The Redis, unless this machine has none.
    pub(crate) fn redis(&self) -> Option<&SecretString> {
        self.redis.as_ref()
    }

    /// Compares the digest a running service reports with the working tree's, once per program.
    pub(crate) async fn check_fresh(
        &self,
        name: &str,
        program: &Program,
        base: &str,
    ) -> Result<(), WorldError> {
        let Some(at) = &program.digest_at else { return Ok(()) };
        let Some(built) = self.programs.get(name) else { return Ok(()) };
        let mut checked = self.checked.lock().await;
        if checked.contains(name) {
            return Ok(());
        }
        let failed = |reason: String| WorldError::Lookup { name: format!("{name} digest"), reason };
        let answer = self.http.get(format!("{base}{}", at.path)).send().await;
        let answer = answer.map_err(|error| failed(error.to_string()))?;
        let answer: serde_json::Value = answer.json().await.map_err(|error| failed(error.to_string()))?;
        let path = serde_json_path::JsonPath::parse(&at.json).map_err(|error| failed(error.to_string()))?;
        let reported = path.query(&answer).first().and_then(|value| value.as_str()).unwrap_or("nothing");
        if reported != built.digest {
            return Err(programs::stale(&self.options, name, reported, &built.digest));
        }
        checked.insert(name.to_owned());
        Ok(())
    }

    /// Ends the run: whatever a world forgot goes with the folder. The keeper notices the rest.
    pub(crate) async fn close(&self) -> Result<(), WorldError> {
        self.endings.close();
        // What does not end by itself is found and named below.
        let _ = tokio::time::timeout(ENDINGS_WITHIN, self.endings.wait()).await;
        for cluster in self.clusters.lock().await.values() {
            cluster.admin.close().await;
        }
        let left = keeper::sweep::processes_below(&self.folder);
        let mut left: Vec<String> = left.into_iter().map(|process| format!("process {process}")).collect();
        keeper::sweep::end_processes_below(&self.folder).await;
        if !self.options.keep_up && remove(&self.folder).is_err() {
            left.push(format!("folder {}", self.folder.display()));
        }
        if left.is_empty() { Ok(()) } else { Err(WorldError::Leftover(left)) }
    }
}

fn remove(folder: &Path) -> std::io::Result<()> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
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
        let admin =
            admin.map_err(|source| WorldError::Database { what: "reach a cluster".into(), source })?;
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
