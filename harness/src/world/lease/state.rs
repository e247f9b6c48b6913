//! The state file of a leased world.

use std::fs;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use indexmap::IndexMap;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};

use super::order::SpecState;
use crate::world::{Backend, Endpoint, Looked, Service, Stage, World, WorldError};

const VERSION: u32 = 3;

/// Everything another process needs to use a leased world.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct State {
    version: u32,
    /// The world's id.
    pub(super) world: String,
    /// The host process.
    pub(super) host: i32,
    /// Where the host takes orders.
    pub(super) socket: PathBuf,
    /// `process` or `docker`.
    backend: String,
    /// Which world it is.
    pub(super) spec: SpecState,
    /// What the machine and the backend lack: capability and reason.
    pub(super) missing: Vec<(String, String)>,
    /// The programs that run, by name.
    pub(super) programs: IndexMap<String, ProgramState>,
    /// Every program that a replay may run.
    pub(super) files: IndexMap<String, PathBuf>,
    pub(super) variables: IndexMap<String, String>,
    pub(super) services: IndexMap<String, ServiceState>,
}

/// A program, as it was when the world was made.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct ProgramState {
    /// The digest of its sources.
    pub(super) digest: String,
}

/// One service of it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct ServiceState {
    kind: Kind,
    url: String,
    /// The `Host` under which other services know it, where that differs.
    pub(super) authority: Option<String>,
    env: IndexMap<String, Variable>,
    /// The file its log is written to.
    pub(super) log: Option<PathBuf>,
}

#[derive(Debug, Serialize, Deserialize)]
enum Kind {
    Http,
    Postgres,
    Redis,
}

#[derive(Serialize, Deserialize)]
struct Variable {
    value: String,
    secret: bool,
}

impl std::fmt::Debug for Variable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.secret { "<secret>" } else { &self.value })
    }
}

impl State {
    /// What there is to know of a world.
    pub(super) fn of(world: &World, stage: &Stage, spec: SpecState, socket: PathBuf) -> Self {
        let programs = stage.programs().iter();
        let programs =
            programs.map(|(name, built)| (name.clone(), ProgramState { digest: built.digest.clone() }));
        Self {
            version: VERSION,
            world: world.id().to_owned(),
            host: i32::try_from(std::process::id()).unwrap_or_default(),
            socket,
            backend: stage.options().backend.word().to_owned(),
            spec,
            missing: stage.missing(),
            programs: programs.collect(),
            files: stage.program_files(),
            variables: world.variables().clone(),
            services: world.services().map(|it| (it.name().to_owned(), ServiceState::of(it))).collect(),
        }
    }

    /// What carries it.
    pub(super) fn backend(&self) -> Backend {
        Backend::from_word(&self.backend).unwrap_or(Backend::Process)
    }

    /// The file of a project.
    pub(super) fn path(root: &Path) -> PathBuf {
        root.join(".harness/up.json")
    }

    /// Writes the file.
    pub(super) fn write(&self, root: &Path) -> Result<(), WorldError> {
        write(&Self::path(root), self)
    }

    /// Reads the file; none when there is none or its host is gone.
    pub(super) fn read(root: &Path) -> Result<Option<Self>, WorldError> {
        let path = Self::path(root);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(WorldError::io(format!("read {}", path.display()))(error)),
        };
        let unusable = || WorldError::Prerequisite {
            what: format!("{} is of another version of the harness", path.display()),
            fix: "harness down --all, then harness up".into(),
        };
        let state: Self = serde_json::from_str(&text).map_err(|_| unusable())?;
        if state.version != VERSION {
            return Err(unusable());
        }
        Ok(state.is_alive().then_some(state))
    }

    /// Removes the file.
    pub(super) fn forget(root: &Path) {
        let _ = fs::remove_file(Self::path(root));
    }

    pub(super) fn is_alive(&self) -> bool {
        std::os::unix::net::UnixStream::connect(&self.socket).is_ok()
    }
}

impl ServiceState {
    fn of(service: &Service) -> Self {
        let (kind, url) = match service.endpoint() {
            Endpoint::Http(url) => (Kind::Http, url.clone()),
            Endpoint::Postgres(url) => (Kind::Postgres, url.expose_secret().to_owned()),
            Endpoint::Redis(url) => (Kind::Redis, url.expose_secret().to_owned()),
        };
        let variable = |value: &Looked| Variable { value: value.expose().into(), secret: value.is_secret() };
        let env = service.environment().iter().map(|(name, value)| (name.clone(), variable(value)));
        let log = service.logs().path().map(Path::to_owned);
        let authority = service.authority().map(str::to_owned);
        Self { kind, url, authority, env: env.collect(), log }
    }

    pub(super) fn endpoint(&self) -> Endpoint {
        match self.kind {
            Kind::Http => Endpoint::Http(self.url.clone()),
            Kind::Postgres => Endpoint::Postgres(SecretString::from(self.url.as_str())),
            Kind::Redis => Endpoint::Redis(SecretString::from(self.url.as_str())),
        }
    }

    pub(super) fn environment(&self) -> IndexMap<String, Looked> {
        let looked = |variable: &Variable| match variable.secret {
            true => Looked::Secret(variable.value.as_str().into()),
            false => Looked::Plain(variable.value.clone()),
        };
        self.env.iter().map(|(name, variable)| (name.clone(), looked(variable))).collect()
    }
}

/// Writes a file in one step, for its owner alone.
pub(super) fn write<T: Serialize>(path: &Path, content: &T) -> Result<(), WorldError> {
    let failed = || WorldError::io(format!("write {}", path.display()));
    let folder = path.parent().expect("the path has a folder");
    fs::create_dir_all(folder).map_err(failed())?;
    let next = path.with_extension("next");
    let _ = fs::remove_file(&next);
    let file =
        fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&next).map_err(failed())?;
    serde_json::to_writer_pretty(file, content).map_err(|error| failed()(error.into()))?;
    fs::rename(&next, path).map_err(failed())
}
