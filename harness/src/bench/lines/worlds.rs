//! Worlds, beside what a test without them pays: two Postgres servers, initialised and started.

use std::path::Path;
use std::sync::Arc;

use super::super::sample;
use super::super::{BenchError, Plan};
use super::Figures;
use crate::backend::process::places;
use crate::backend::process::ports::Ports;
use crate::backend::process::postgres::cluster::Cluster;
use crate::runner::load::Loader;
use crate::runner::stages::DEFAULT_TOPOLOGY;
use crate::world::{Backend, Options, Stage, WorldSpec, down_all};
use harness_model::topology::Topology;

const PEER: &str = "two new Postgres (initdb, start)";
const PROCESSES: &str = "the same on processes";

/// A cache of its own: ending everything in it must not end somebody's run.
pub(super) struct Cache {
    folder: tempfile::TempDir,
    options: Options,
    pub(super) topology: Arc<Topology>,
}

impl Cache {
    pub(super) fn new(plan: &Plan) -> Result<Self, BenchError> {
        Self::on(plan, Backend::Process)
    }

    fn on(plan: &Plan, backend: Backend) -> Result<Self, BenchError> {
        let topology =
            Loader::new(plan.project.clone()).topology(DEFAULT_TOPOLOGY).map_err(BenchError::Files)?;
        let folder = tempfile::tempdir().map_err(BenchError::io("make a temporary folder"))?;
        places::make_cache(folder.path())?;
        let options = Options::from_env(plan.project.root())?;
        let options = Options { cache: folder.path().to_owned(), backend, ..options };
        Ok(Self { folder, options, topology })
    }

    /// Works on a stage and closes it, also when the work failed: ending a cache ends every run that is still open
    /// in it, and with it the process that it belongs to.
    pub(super) async fn staged<T>(
        &self,
        work: impl AsyncFnOnce(&Stage) -> Result<T, BenchError>,
    ) -> Result<T, BenchError> {
        let stage = Stage::open(self.options.clone(), self.topology.clone()).await?;
        let done = work(&stage).await;
        let closed = stage.close().await;
        let done = done?;
        closed?;
        Ok(done)
    }

    /// Ends what its worlds share.
    pub(super) async fn end(&self) -> Result<(), BenchError> {
        down_all(&self.options).await?;
        Ok(())
    }

    async fn first_world(&self) -> Result<(), BenchError> {
        let spec = WorldSpec::of(self.topology.clone());
        self.staged(async |stage| Ok(stage.world(&spec).await?.down().await?)).await
    }

    /// What a test pays that starts its own servers: no template, no clone, no shared cluster.
    async fn two_new_servers(&self, ports: &Ports) -> Result<(), BenchError> {
        let one = || async {
            let folder = tempfile::tempdir_in(self.folder.path());
            let folder = folder.map_err(BenchError::io("make a temporary folder"))?;
            open_to_all(folder.path())?;
            let port = ports.take()?;
            let cluster = Cluster::start(&self.options.cache, folder.path(), None, port).await?;
            cluster.stop().await?;
            ports.give_back(port);
            Ok::<_, BenchError>(())
        };
        tokio::try_join!(one(), one()).map(|_| ())
    }
}

/// The servers run as another user.
fn open_to_all(folder: &Path) -> Result<(), BenchError> {
    use std::os::unix::fs::PermissionsExt as _;
    let permissions = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(folder, permissions).map_err(BenchError::io("open a temporary folder"))
}

/// From nothing running to the first world's last service being ready, taking it down included. The warm-up
/// turn builds the programs, initialises the clusters and makes the templates.
pub(super) async fn cold(plan: &Plan) -> Figures {
    let cache = Cache::new(plan)?;
    let ports = Ports::new(&places::ports())?;
    let ours = || async {
        cache.first_world().await?;
        cache.end().await
    };
    let figures = sample::in_turns(plan.rounds, ours, PEER, || cache.two_new_servers(&ports)).await;
    cache.end().await?;
    figures
}

/// Beside a world that stays up, as a replay beside others.
pub(super) async fn fresh(plan: &Plan) -> Figures {
    let cache = Cache::new(plan)?;
    let figures = fresh_in(&cache, plan).await;
    cache.end().await?;
    figures
}

async fn fresh_in(cache: &Cache, plan: &Plan) -> Figures {
    let ports = Ports::new(&places::ports())?;
    let spec = WorldSpec::of(cache.topology.clone());
    let measured = async |stage: &Stage| {
        let beside = stage.world(&spec).await?;
        let ours = || async { Ok(stage.world(&spec).await?.down().await?) };
        let figures = sample::in_turns(plan.rounds, ours, PEER, || cache.two_new_servers(&ports)).await;
        beside.down().await?;
        figures
    };
    cache.staged(measured).await
}

/// The first world of a run in containers, beside the first on processes; images are there.
pub(super) async fn cold_containers(plan: &Plan) -> Figures {
    let (ours, theirs) = (Cache::on(plan, Backend::Docker)?, Cache::new(plan)?);
    let first = async |cache: &Cache| {
        cache.first_world().await?;
        cache.end().await
    };
    sample::in_turns(plan.rounds, || first(&ours), PROCESSES, || first(&theirs)).await
}

/// A world in containers, and the same on processes.
pub(super) async fn fresh_containers(plan: &Plan) -> Figures {
    let (ours, theirs) = (Cache::on(plan, Backend::Docker)?, Cache::new(plan)?);
    let figures = fresh_on_both(&ours, &theirs, plan).await;
    ours.end().await?;
    theirs.end().await?;
    figures
}

async fn fresh_on_both(ours: &Cache, theirs: &Cache, plan: &Plan) -> Figures {
    let spec = WorldSpec::of(ours.topology.clone());
    let world = async |stage: &Stage| Ok(stage.world(&spec).await?.down().await?);
    let measured = async |our: &Stage| {
        let beside = async |their: &Stage| {
            sample::in_turns(plan.rounds, || world(our), PROCESSES, || world(their)).await
        };
        theirs.staged(beside).await
    };
    ours.staged(measured).await
}
