//! How a stage is opened: where the project is, what is kept, who hears of progress.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::backend::process::places;

/// What carries a world.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BackendKind {
    /// Child processes and in-process tasks.
    #[default]
    Process,
    /// Containers.
    Docker,
}

/// How a stage is opened.
#[derive(Clone)]
pub struct Options {
    /// What carries the worlds.
    pub backend: BackendKind,
    /// The project's root folder.
    pub root: PathBuf,
    /// Where clusters, leases and digests are cached between runs.
    pub cache: PathBuf,
    /// The program to start as the keeper: any whose `main` calls
    /// [`intercept`](crate::backend::process::keeper::intercept).
    pub keeper: PathBuf,
    /// Programs already built (`HARNESS_BIN_DIR`); unset builds them.
    pub bin_dir: Option<PathBuf>,
    /// Leave everything running at the end (`KEEP_UP=1`).
    pub keep_up: bool,
    /// Services with an `address_env` get the port it names. For a single world that people call.
    pub fixed_addresses: bool,
    /// Build anew and forget cached clusters (`REBUILD=1`).
    pub rebuild: bool,
    /// The most a service may take to become ready.
    pub ready_within: Duration,
    /// Told what is being done, for people to watch.
    pub progress: Progress,
}

/// Told what is being done.
#[derive(Clone)]
pub struct Progress(Arc<dyn Fn(&str) + Send + Sync>);

impl Progress {
    /// Tells a function.
    pub fn to(tell: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self(Arc::new(tell))
    }

    /// Tells nobody.
    #[must_use]
    pub fn silent() -> Self {
        Self::to(|_| {})
    }

    /// Tells what is being done.
    pub fn say(&self, message: impl AsRef<str>) {
        (self.0)(message.as_ref());
    }
}

impl fmt::Debug for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Progress")
    }
}

impl Options {
    /// The usual options for a project folder: this program as the keeper, the cache in
    /// `HARNESS_CACHE` or a folder of this project's below the temporary one, switches from
    /// `HARNESS_BIN_DIR`, `KEEP_UP` and `REBUILD`.
    ///
    /// The cache is not below the project: a child looks upward for a `.env` file, and a database
    /// that runs as another user must be able to reach its files.
    #[must_use]
    pub fn from_env(root: impl Into<PathBuf>) -> Self {
        let root = root.into();
        let var = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
        let on = |name: &str| var(name).is_some_and(|value| value == "1");
        Self {
            backend: BackendKind::Process,
            cache: var("HARNESS_CACHE").map_or_else(|| places::cache(&root), PathBuf::from),
            root,
            keeper: std::env::current_exe().unwrap_or_default(),
            bin_dir: var("HARNESS_BIN_DIR").map(PathBuf::from),
            keep_up: on("KEEP_UP"),
            fixed_addresses: false,
            rebuild: on("REBUILD"),
            ready_within: Duration::from_secs(180),
            progress: Progress::silent(),
        }
    }
}
