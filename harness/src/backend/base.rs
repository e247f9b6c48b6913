//! What the worlds of one harness process stand on, whatever carries them.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use harness_model::topology::{Program, Ready};
use indexmap::IndexMap;
use tokio::sync::OnceCell;
use tokio_util::task::TaskTracker;

use super::fresh::Fresh;
use super::process::keeper::Keeper;
use super::process::places;
use super::process::ports::Ports;
use super::process::programs::Programs;
use super::ready::Awaited;
use crate::world::{LogBook, Options, WorldError};

/// What the worlds of one harness process stand on, whatever carries them.
pub(crate) struct Base {
    pub(crate) options: Options,
    /// This process's run id: in the names and labels of everything it makes.
    pub(crate) run: String,
    /// Goes with the run.
    pub(crate) folder: PathBuf,
    /// The life line: when this connection ends, what the run has started is ended.
    pub(crate) keeper: Keeper,
    pub(crate) ports: Ports,
    pub(crate) programs: Programs,
    pub(crate) http: reqwest::Client,
    /// What this machine and backend lack: capability and reason.
    pub(crate) missing: Vec<(String, String)>,
    /// Worlds that were dropped and are ending.
    pub(crate) endings: TaskTracker,
    /// Set once the topology's database templates are there.
    pub(crate) templates: OnceCell<()>,
    fresh: Fresh,
    worlds: AtomicU32,
}

/// A run that the keeper knows: whatever it starts from here on is ended with it.
pub(crate) struct Run {
    pub(crate) options: Options,
    pub(crate) keeper: Keeper,
    id: String,
    folder: PathBuf,
}

impl Run {
    /// Makes itself known to the keeper.
    pub(crate) async fn begin(options: Options) -> Result<Self, WorldError> {
        places::make_cache(&options.cache)?;
        let id = hex::encode(rand::random::<[u8; 4]>());
        let folder = places::runs(&options.cache).join(&id);
        let keeper = Keeper::connect(&options.cache, &options.keeper, &id, &folder).await?;
        make(&folder)?;
        Ok(Self { options, keeper, id, folder })
    }

    /// The base of its worlds.
    pub(crate) fn base(self, programs: Programs) -> Result<Base, WorldError> {
        Ok(Base {
            ports: Ports::new(&places::ports())?,
            http: client()?,
            options: self.options,
            run: self.id,
            folder: self.folder,
            keeper: self.keeper,
            programs,
            missing: Vec::new(),
            endings: TaskTracker::new(),
            templates: OnceCell::new(),
            fresh: Fresh::default(),
            worlds: AtomicU32::new(0),
        })
    }
}

impl Base {
    /// Every program a replay may run: those of the topology, and the harness itself.
    pub(crate) fn program_files(&self) -> IndexMap<String, PathBuf> {
        let own = ("harness".to_owned(), self.options.keeper.clone());
        let built = self.programs.iter().map(|(name, built)| (name.clone(), built.path.clone()));
        std::iter::once(own).chain(built).collect()
    }

    /// A number no other world of this run has.
    pub(crate) fn next_world(&self) -> u32 {
        self.worlds.fetch_add(1, Ordering::Relaxed)
    }

    /// Compares the digest a running service reports with the working tree's, once per program.
    pub(crate) async fn check_fresh(
        &self,
        name: &str,
        program: &Program,
        address: &str,
    ) -> Result<(), WorldError> {
        let base = format!("http://{address}");
        self.fresh.check(&self.options, &self.programs, &self.http, (name, program), &base).await
    }

    /// What a service is waited for with.
    pub(crate) fn awaited(&self, name: &str, ready: &[Ready], address: &str, log: &LogBook) -> Awaited {
        Awaited {
            name: name.to_owned(),
            conditions: ready.to_vec(),
            address: address.to_owned(),
            log: log.clone(),
            http: self.http.clone(),
            within: self.options.ready_within,
        }
    }

    /// Waits for the worlds that were dropped. What does not end by itself is for the caller to find.
    pub(crate) async fn settle(&self, within: Duration) {
        self.endings.close();
        let _ = tokio::time::timeout(within, self.endings.wait()).await;
    }

    /// Removes the run's folder, the last there is of it, and tells what is left besides.
    pub(crate) fn leave(&self, mut left: Vec<String>) -> Result<(), WorldError> {
        if !self.options.keep_up && remove(&self.folder).is_err() {
            left.push(format!("folder {}", self.folder.display()));
        }
        if left.is_empty() { Ok(()) } else { Err(WorldError::Leftover(left)) }
    }
}

/// A client that goes where it is sent: past every proxy, and no further than the first answer.
pub(crate) fn client() -> Result<reqwest::Client, WorldError> {
    let client = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build();
    client.map_err(|error| WorldError::Usage(format!("no HTTP client: {error}")))
}

/// Makes a folder with those above it.
pub(crate) fn make(folder: &Path) -> Result<(), WorldError> {
    std::fs::create_dir_all(folder).map_err(WorldError::io(format!("make {}", folder.display())))
}

fn remove(folder: &Path) -> std::io::Result<()> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
