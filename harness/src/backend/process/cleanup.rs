//! What a world has taken, and giving it all back: also when it never became ready.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::task::AbortHandle;

use super::child::Child;
use super::ground::Ground;
use crate::agent::AgentHost;
use crate::world::WorldError;

/// What a world has taken. Dropping it gives back whatever [`Cleanup::run`] has not.
pub(crate) struct Cleanup {
    ground: Arc<Ground>,
    taken: Taken,
}

#[derive(Default)]
struct Taken {
    children: Vec<Arc<tokio::sync::Mutex<Child>>>,
    tasks: Vec<AbortHandle>,
    ports: Vec<u16>,
    blocks: Vec<Range<u16>>,
    agents: Vec<AgentHost>,
    databases: Vec<(String, String)>,
    redis: Option<u32>,
    folder: Option<PathBuf>,
}

impl Cleanup {
    pub(crate) fn new(ground: Arc<Ground>) -> Self {
        Self { ground, taken: Taken::default() }
    }

    pub(crate) fn child(&mut self, child: Arc<tokio::sync::Mutex<Child>>) {
        self.taken.children.push(child);
    }

    pub(crate) fn task(&mut self, task: AbortHandle) {
        self.taken.tasks.push(task);
    }

    pub(crate) fn port(&mut self) -> Result<u16, WorldError> {
        let port = self.ground.ports.take()?;
        self.taken.ports.push(port);
        Ok(port)
    }

    /// A whole block of ports.
    pub(crate) fn block(&mut self) -> Result<Range<u16>, WorldError> {
        let block = self.ground.ports.take_block()?;
        self.taken.blocks.push(block.clone());
        Ok(block)
    }

    pub(crate) fn agents(&mut self, host: AgentHost) {
        self.taken.agents.push(host);
    }

    pub(crate) fn database(&mut self, cluster: &str, database: &str) {
        self.taken.databases.push((cluster.to_owned(), database.to_owned()));
    }

    /// A database that is to outlive the world after all.
    pub(crate) fn keep_databases(&mut self) {
        self.taken.databases.clear();
    }

    pub(crate) fn redis(&mut self, number: u32) {
        self.taken.redis = Some(number);
    }

    pub(crate) fn folder(&mut self, folder: PathBuf) {
        self.taken.folder = Some(folder);
    }

    /// Gives everything back.
    pub(crate) async fn run(mut self) -> Result<(), WorldError> {
        std::mem::take(&mut self.taken).give_back(&self.ground).await
    }
}

impl Drop for Cleanup {
    fn drop(&mut self) {
        let taken = std::mem::take(&mut self.taken);
        let ground = self.ground.clone();
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            // Without a runtime the process is ending, and the keeper gives everything back.
            let endings = ground.endings.clone();
            endings.spawn_on(async move { taken.give_back(&ground).await }, &runtime);
        }
    }
}

impl Taken {
    /// Children first: nothing may write to what goes next. Every part is tried.
    async fn give_back(self, ground: &Ground) -> Result<(), WorldError> {
        let ends = self.children.iter().map(|child| async move {
            let child = child.lock().await;
            child.kill().await?;
            ground.keeper.untrack(child.group()).await
        });
        let mut results = futures_util::future::join_all(ends).await;
        for task in self.tasks {
            task.abort();
        }
        for host in self.agents {
            host.stop().await;
        }
        for block in self.blocks {
            ground.ports.give_block_back(block);
        }
        for port in self.ports {
            ground.ports.give_back(port);
        }
        for (cluster, database) in self.databases {
            results.push(ground.keeper.drop_database(&cluster, &database).await);
        }
        if let Some(number) = self.redis {
            results.push(ground.keeper.give_redis_database(number).await);
        }
        if let Some(folder) = self.folder.filter(|_| !ground.options.keep_up) {
            let removed = tokio::fs::remove_dir_all(&folder).await;
            results.push(removed.map_err(WorldError::io(format!("remove {}", folder.display()))));
        }
        results.into_iter().collect()
    }
}
