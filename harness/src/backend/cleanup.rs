//! What a world has taken, and giving it all back: also when it never became ready.

use std::path::PathBuf;
use std::sync::Arc;

use tokio::task::AbortHandle;

use super::carrier::Carrier;
use crate::world::WorldError;

/// What a world has taken. Dropping it gives back whatever [`Cleanup::run`] has not.
pub(crate) struct Cleanup<C: Carrier> {
    ground: Arc<C>,
    taken: Taken<C::Taken>,
}

#[derive(Default)]
struct Taken<T> {
    /// What only this backend knows how to end.
    own: T,
    tasks: Vec<AbortHandle>,
    ports: Vec<u16>,
    databases: Vec<(String, String)>,
    redis: Vec<(String, u32)>,
    folder: Option<PathBuf>,
}

impl<C: Carrier> Cleanup<C> {
    pub(crate) fn new(ground: Arc<C>) -> Self {
        Self { ground, taken: Taken::default() }
    }

    /// What only this backend knows how to end.
    pub(crate) fn own(&mut self) -> &mut C::Taken {
        &mut self.taken.own
    }

    pub(crate) fn task(&mut self, task: AbortHandle) {
        self.taken.tasks.push(task);
    }

    pub(crate) fn port(&mut self) -> Result<u16, WorldError> {
        let port = self.ground.base().ports.take()?;
        self.taken.ports.push(port);
        Ok(port)
    }

    /// A database of a shared Postgres service.
    pub(crate) fn database(&mut self, service: &str, database: &str) {
        self.taken.databases.push((service.to_owned(), database.to_owned()));
    }

    /// Databases that are to outlive the world after all.
    pub(crate) fn keep_databases(&mut self) {
        self.taken.databases.clear();
    }

    /// A logical database of a shared Redis service.
    pub(crate) fn redis(&mut self, service: &str, number: u32) {
        self.taken.redis.push((service.to_owned(), number));
    }

    pub(crate) fn folder(&mut self, folder: PathBuf) {
        self.taken.folder = Some(folder);
    }

    /// Gives everything back.
    pub(crate) async fn run(mut self) -> Result<(), WorldError> {
        std::mem::take(&mut self.taken).give_back(&*self.ground).await
    }
}

impl<C: Carrier> Drop for Cleanup<C> {
    fn drop(&mut self) {
        let taken = std::mem::take(&mut self.taken);
        let ground = self.ground.clone();
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            // Without a runtime the process is ending, and the keeper gives everything back.
            let endings = ground.base().endings.clone();
            endings.spawn_on(async move { taken.give_back(&*ground).await }, &runtime);
        }
    }
}

impl<T> Taken<T> {
    /// What runs first: nothing may write to what goes next. Every part is tried.
    async fn give_back<C: Carrier<Taken = T>>(self, ground: &C) -> Result<(), WorldError> {
        for task in self.tasks {
            task.abort();
        }
        let mut results = ground.end(self.own).await;
        for (service, database) in self.databases {
            results.push(ground.drop_database(&service, &database).await);
        }
        for (service, number) in self.redis {
            results.push(ground.free_redis(&service, number).await);
        }
        for port in self.ports {
            ground.base().ports.give_back(port);
        }
        if let Some(folder) = self.folder.filter(|_| !ground.base().options.keep_up) {
            let removed = tokio::fs::remove_dir_all(&folder).await;
            results.push(removed.map_err(WorldError::io(format!("remove {}", folder.display()))));
        }
        results.into_iter().collect()
    }
}
