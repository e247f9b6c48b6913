//! How a stage is opened: where the project is, what is kept, who hears of progress.

use std::ffi::OsStr;
use std::fmt;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use harness_model::event::RunEvent;
use harness_model::topology::Backend;

use crate::backend::process::places;
use crate::world::WorldError;

/// How a stage is opened.
#[derive(Clone)]
pub struct Options {
    /// What carries the worlds.
    pub backend: Backend,
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
    /// Use images as they are; one that differs from the working tree is refused (`NO_BUILD=1`).
    pub no_build: bool,
    /// The most a service may take to become ready: 180 s, or `HARNESS_READY_SECS`.
    pub ready_within: Duration,
    /// Told what is being done, for people to watch.
    pub progress: Progress,
    /// Told what becomes of each world.
    pub events: Events,
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

/// Told what becomes of each world: it boots, a service is ready, it is ready, it is gone.
#[derive(Clone)]
pub struct Events(Arc<dyn Fn(RunEvent) + Send + Sync>);

impl Events {
    /// Tells a function.
    pub fn to(tell: impl Fn(RunEvent) + Send + Sync + 'static) -> Self {
        Self(Arc::new(tell))
    }

    /// Tells nobody.
    #[must_use]
    pub fn silent() -> Self {
        Self::to(|_| {})
    }

    /// Tells what happened.
    pub fn tell(&self, event: RunEvent) {
        (self.0)(event);
    }
}

impl fmt::Debug for Events {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Events")
    }
}

impl fmt::Debug for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Progress")
    }
}

/// The variable that says how long a service may take to become ready.
const READY_SECS: &str = "HARNESS_READY_SECS";

fn ready_within(secs: Option<&OsStr>) -> Result<Duration, WorldError> {
    let Some(told) = secs else { return Ok(Duration::from_mins(3)) };
    let secs = told.to_str().and_then(|text| text.parse::<NonZeroU32>().ok());
    secs.map(|secs| Duration::from_secs(secs.get().into())).ok_or_else(|| {
        let told = told.to_string_lossy();
        WorldError::Usage(format!("{READY_SECS} is a whole number of seconds above zero, not {told:?}"))
    })
}

impl Options {
    /// The usual options for a project folder: this program as the keeper, the cache in
    /// `HARNESS_CACHE` or a folder of this project's below the temporary one, switches from
    /// `HARNESS_BIN_DIR`, `KEEP_UP`, `REBUILD` and `NO_BUILD`; `HARNESS_READY_SECS` for machines that are slow.
    ///
    /// The cache is not below the project: a child looks upward for a `.env` file, and a database
    /// that runs as another user must be able to reach its files.
    ///
    /// # Errors
    /// A value that cannot be meant, which is better told than replaced.
    pub fn from_env(root: impl Into<PathBuf>) -> Result<Self, WorldError> {
        let root = root.into();
        let var = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
        let on = |name: &str| var(name).is_some_and(|value| value == "1");
        Ok(Self {
            backend: Backend::Process,
            cache: var("HARNESS_CACHE").map_or_else(|| places::cache(&root), PathBuf::from),
            root,
            keeper: std::env::current_exe().unwrap_or_default(),
            bin_dir: var("HARNESS_BIN_DIR").map(PathBuf::from),
            keep_up: on("KEEP_UP"),
            fixed_addresses: false,
            rebuild: on("REBUILD"),
            no_build: on("NO_BUILD"),
            ready_within: ready_within(var(READY_SECS).as_deref())?,
            progress: Progress::silent(),
            events: Events::silent(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_to_become_ready_is_whole_seconds_or_an_error_that_names_it() {
        let within = |text: &str| ready_within(Some(OsStr::new(text)));
        assert_eq!(ready_within(None).unwrap(), Duration::from_secs(180));
        assert_eq!(within("20").unwrap(), Duration::from_secs(20));
        for bad in ["0", "-1", "2m", "1.5", "soon"] {
            let told = within(bad).unwrap_err().to_string();
            assert!(told.contains(READY_SECS) && told.contains(bad), "{told}");
        }
    }
}
