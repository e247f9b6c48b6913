//! Worlds on the process backend, with toy programs: what is started, what is shared, what is left.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use harness::world::{Control, LogBook, Options, Position, Stage, World, WorldError, WorldSpec};
use harness_model::topology::{
    EchoSpec, EnvValue, Kind, PostgresSpec, Program, Ready, RedisSpec, SecretSpec, ServiceSpec, Text,
    Topology,
};
use secrecy::ExposeSecret as _;
use sqlx::{Connection as _, PgConnection};

const SOON: Duration = Duration::from_secs(30);

/// A program that tells its environment, is ready, and stays.
const TOY: &str = "#!/bin/sh\necho \"greeting $GREETING\"\necho ready\nexec /bin/sleep 1000\n";

struct Toy {
    folder: tempfile::TempDir,
    topology: Topology,
}

impl Toy {
    fn new() -> Self {
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

    fn with(mut self, name: &str, kind: Kind, env: &[(&str, &str)], ready: &[Ready]) -> Self {
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
            needs: Vec::new(),
            env: env.collect(),
            ready: ready.to_vec(),
        };
        self.topology.services.insert(name.into(), service);
        self
    }

    fn program(self, name: &str, env: &[(&str, &str)]) -> Self {
        let kind = Kind::Program { name: "toy".into(), args: Vec::new() };
        self.with(name, kind, env, &[Ready::Log("ready".into())])
    }

    fn needs(mut self, name: &str, need: &str) -> Self {
        self.topology.services[name].needs.push(need.into());
        self
    }

    fn cache(&self) -> &Path {
        self.folder.path()
    }

    fn options(&self) -> Options {
        let mut options = Options::from_env(self.folder.path());
        options.cache = self.folder.path().join("cache");
        options.keeper = env!("CARGO_BIN_EXE_harness").into();
        options.bin_dir = Some(self.folder.path().join("bin"));
        options.ready_within = SOON;
        options
    }

    async fn stage(&self) -> (Arc<Stage>, WorldSpec) {
        let topology = Arc::new(self.topology.clone());
        let stage = Stage::open(self.options(), topology.clone()).await.unwrap();
        (stage, WorldSpec::of(topology))
    }
}

fn postgres() -> Kind {
    Kind::Postgres(PostgresSpec { template: vec!["source".into()], image: None })
}

async fn connect(world: &World, service: &str) -> PgConnection {
    let url = world.service(service).unwrap().postgres_url().unwrap().expose_secret().to_owned();
    PgConnection::connect(&url).await.unwrap()
}

async fn logged(log: &LogBook, text: &str) -> bool {
    log.wait_for(Position(0), SOON, |line| line.contains(text)).await.is_some()
}

#[tokio::test]
async fn services_start_in_the_order_they_need_with_their_own_environment() {
    let toy = Toy::new()
        .program("second", &[("GREETING", "${first.env.TOKEN}"), ("PORT", "${self.port}")])
        .program("first", &[("TOKEN", "!secret")])
        .needs("second", "first");
    let (stage, spec) = toy.stage().await;
    let world = stage.world(&spec).await.unwrap();
    let token = world.lookup("first.env.TOKEN").unwrap();
    assert!(token.is_secret());
    let second = world.service("second").unwrap();
    assert!(logged(second.logs(), &format!("greeting {}", token.expose())).await);
    let firsts = world.service("first").unwrap().logs().since(Position(0));
    let ready = firsts.iter().find(|line| line.text == "ready").unwrap();
    assert!(ready.at <= second.logs().since(Position(0))[0].at);
    world.down().await.unwrap();
    assert!(logged(second.logs(), "[harness] ended with signal SIGKILL").await);
    stage.close().await.unwrap();
}

#[tokio::test]
async fn worlds_share_a_cluster_and_nothing_in_it() {
    let toy = Toy::new().with("db", postgres(), &[], &[]);
    let (stage, spec) = toy.stage().await;
    let (one, two) = tokio::try_join!(stage.world(&spec), stage.world(&spec)).unwrap();
    let mut first = connect(&one, "db").await;
    sqlx::raw_sql("create table t (n int)").execute(&mut first).await.unwrap();
    let mut second = connect(&two, "db").await;
    let seen: Option<String> =
        sqlx::query_scalar("select to_regclass('t')::text").fetch_one(&mut second).await.unwrap();
    assert_eq!(seen, None);
    one.down().await.unwrap();
    two.down().await.unwrap();
    stage.close().await.unwrap();
}

#[tokio::test]
async fn a_disturbed_database_stalls_and_is_cut_for_its_own_world_only() {
    let toy = Toy::new().with("db", postgres(), &[], &[]);
    let (stage, calm) = toy.stage().await;
    let mut rough = calm.clone();
    rough.disturbs = BTreeSet::from(["db".to_owned()]);
    let (calm, rough) = tokio::try_join!(stage.world(&calm), stage.world(&rough)).unwrap();
    let (mut near, mut far) = (connect(&rough, "db").await, connect(&calm, "db").await);
    rough.service("db").unwrap().control(Control::CutOff).await.unwrap();
    assert!(sqlx::query("select 1").execute(&mut near).await.is_err());
    sqlx::query("select 1").execute(&mut far).await.unwrap();
    rough.service("db").unwrap().control(Control::Heal).await.unwrap();
    sqlx::query("select 1").execute(&mut connect(&rough, "db").await).await.unwrap();
    let refused = calm.service("db").unwrap().control(Control::Pause).await.unwrap_err();
    assert!(refused.to_string().contains("disturbs"), "{refused}");
    drop((calm, rough));
    stage.close().await.unwrap();
}

#[tokio::test]
async fn a_restarted_program_keeps_its_environment_and_its_log() {
    let toy = Toy::new().program("toy", &[("GREETING", "hello")]);
    let (stage, spec) = toy.stage().await;
    let world = stage.world(&spec).await.unwrap();
    let service = world.service("toy").unwrap();
    let mark = service.logs().position();
    service.control(Control::Restart).await.unwrap();
    let after: Vec<_> = service.logs().since(mark).into_iter().map(|line| line.text).collect();
    assert!(after.contains(&"greeting hello".to_owned()), "{after:?}");
    service.control(Control::Kill).await.unwrap();
    world.down().await.unwrap();
    stage.close().await.unwrap();
}

#[tokio::test]
async fn a_program_that_fails_is_told_and_leaves_nothing() {
    let toy = Toy::new().program("toy", &[]);
    fs::write(toy.folder.path().join("bin/toy"), "#!/bin/sh\necho no such luck\nexit 9\n").unwrap();
    let (stage, spec) = toy.stage().await;
    let error = stage.world(&spec).await.unwrap_err();
    assert!(matches!(error, WorldError::Ended { .. }), "{error:?}");
    assert!(error.to_string().contains("no such luck"), "{error}");
    let runs: Vec<_> = fs::read_dir(toy.cache().join("cache/runs")).unwrap().flatten().collect();
    let worlds = fs::read_dir(runs[0].path()).unwrap().count();
    assert_eq!(worlds, 0, "the folder of the failed world is gone");
    stage.close().await.unwrap();
}

#[tokio::test]
async fn an_optional_redis_is_a_logical_database_per_world() {
    let redis = Kind::Redis(RedisSpec { notify: Some("KEA".into()), image: None });
    let mut toy = Toy::new().with("redis", redis, &[], &[]).program("toy", &[("GREETING", "${redis.url}")]);
    toy.topology.services["redis"].optional = true;
    let (stage, spec) = toy.stage().await;
    let (one, two) = tokio::try_join!(stage.world(&spec), stage.world(&spec)).unwrap();
    match stage.missing().as_slice() {
        [] => {
            let url = |world: &World| {
                world.service("redis").unwrap().redis_url().unwrap().expose_secret().to_owned()
            };
            assert_ne!(url(&one), url(&two));
            assert!(logged(one.service("toy").unwrap().logs(), &url(&one)).await);
        }
        [(capability, reason)] => {
            assert_eq!(capability, "redis");
            assert!(reason.contains("install"), "{reason}");
            assert!(one.service("toy").unwrap().env("GREETING").is_none());
        }
        more => panic!("{more:?}"),
    }
    drop((one, two));
    stage.close().await.unwrap();
}

#[tokio::test]
async fn an_echo_server_answers_what_it_got() {
    let echo = Kind::Echo(EchoSpec { log_path: "/__echo".into() });
    let toy = Toy::new().with("echo", echo, &[], &[Ready::Tcp]);
    let (stage, spec) = toy.stage().await;
    let world = stage.world(&spec).await.unwrap();
    let url = format!("{}/some/path", world.service("echo").unwrap().url().unwrap());
    let answer: serde_json::Value = reqwest::get(url).await.unwrap().json().await.unwrap();
    assert_eq!(answer["path"], "/some/path");
    world.down().await.unwrap();
    stage.close().await.unwrap();
}
