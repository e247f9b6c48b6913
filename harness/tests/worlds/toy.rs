//! A project with toy programs.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use harness::world::{LogBook, Options, Position, Stage, World, WorldSpec};
use harness_model::topology::{
    EnvValue, Kind, PostgresSpec, Program, Ready, SecretSpec, ServiceSpec, Text, Topology,
};
use secrecy::ExposeSecret as _;
use sqlx::{Connection as _, PgConnection};

/// The longest anything here may take.
pub(crate) const SOON: Duration = Duration::from_secs(30);

/// A program that tells its environment, is ready, and stays.
const TOY: &str = "#!/bin/sh\necho \"greeting $GREETING\"\necho ready\nexec /bin/sleep 1000\n";

pub(crate) struct Toy {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) topology: Topology,
}

impl Toy {
    pub(crate) fn new() -> Self {
        harness::install_tls();
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o711)).unwrap();
        fs::create_dir(folder.path().join("bin")).unwrap();
        fs::write(folder.path().join("source"), "1").unwrap();
        let script = folder.path().join("bin/toy");
        fs::write(&script, TOY).unwrap();
        fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
        let mut toy = Self { folder, topology: Topology { name: "toy".into(), ..Topology::default() } };
        let program = Program { bin: "toy".into(), sources: vec!["source".into()], ..Program::default() };
        toy.topology.programs.insert("toy".into(), program);
        toy
    }

    pub(crate) fn with(mut self, name: &str, kind: Kind, env: &[(&str, &str)], ready: &[Ready]) -> Self {
        let env = env.iter().map(|(name, value)| {
            let value = match *value {
                "!secret" => EnvValue::Secret(SecretSpec::Random),
                text => EnvValue::Text(Text::parse(text).unwrap()),
            };
            ((*name).to_owned(), value)
        });
        let service = ServiceSpec {
            kind,
            optional: false,
            address_env: None,
            port: None,
            needs: Vec::new(),
            env: env.collect(),
            ready: ready.to_vec(),
        };
        self.topology.services.insert(name.into(), service);
        self
    }

    pub(crate) fn program(self, name: &str, env: &[(&str, &str)]) -> Self {
        let kind = Kind::Program { name: "toy".into(), args: Vec::new() };
        self.with(name, kind, env, &[Ready::Log("ready".into())])
    }

    pub(crate) fn needs(mut self, name: &str, need: &str) -> Self {
        self.topology.services[name].needs.push(need.into());
        self
    }

    pub(crate) fn cache(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn options(&self) -> Options {
        let mut options = Options::from_env(self.folder.path()).unwrap();
        options.cache = self.folder.path().join("cache");
        options.keeper = env!("CARGO_BIN_EXE_harness").into();
        options.bin_dir = Some(self.folder.path().join("bin"));
        options.ready_within = SOON;
        options
    }

    pub(crate) async fn stage(&self) -> (Arc<Stage>, WorldSpec) {
        let topology = Arc::new(self.topology.clone());
        let stage = Stage::open(self.options(), topology.clone()).await.unwrap();
        (stage, WorldSpec::of(topology))
    }
}

pub(crate) fn postgres() -> Kind {
    Kind::Postgres(PostgresSpec { template: vec!["source".into()], image: None })
}

pub(crate) async fn connect(world: &World, service: &str) -> PgConnection {
    let url = world.service(service).unwrap().postgres_url().unwrap().expose_secret().to_owned();
    PgConnection::connect(&url).await.unwrap()
}

pub(crate) async fn logged(log: &LogBook, text: &str) -> bool {
    log.wait_for(Position(0), SOON, |line| line.contains(text)).await.is_some()
}

/// The processes that work below a folder.
pub(crate) fn processes_below(folder: &Path) -> Vec<PathBuf> {
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    let entries = fs::read_dir("/proc").unwrap().flatten();
    let working = entries
        .filter(|entry| fs::read_link(entry.path().join("cwd")).is_ok_and(|cwd| cwd.starts_with(&folder)));
    working.map(|entry| entry.path()).collect()
}

/// Waits until a condition holds.
pub(crate) async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let waiting = async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(SOON, waiting).await.unwrap_or_else(|_| panic!("never: {what}"));
}
