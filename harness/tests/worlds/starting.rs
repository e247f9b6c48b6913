//! What is started, in which order, and what worlds share.

use std::collections::BTreeSet;
use std::fs;
use std::time::Duration;

use harness::world::{Control, Flow, Position, Way, World, WorldError, WorldPool, WorldSpec};
use harness_model::topology::{DigestAt, EchoSpec, Kind, Program, Ready, RedisSpec, Text};
use secrecy::ExposeSecret as _;
use sqlx::{Connection as _, PgConnection};

use super::toy::{Toy, connect, logged, postgres};

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

fn way(to: &str, from: &str) -> Way {
    Way { to: to.into(), from: from.into() }
}

#[tokio::test]
async fn a_database_is_cut_off_or_far_away_for_one_service_and_no_other() {
    let toy = Toy::new()
        .with("db", postgres(), &[], &[])
        .program("one", &[("DB", "${db.url}")])
        .program("other", &[("DB", "${db.url}")]);
    let (stage, mut spec) = toy.stage().await;
    spec.disturbs = BTreeSet::from(["db".to_owned()]);
    spec.ways = BTreeSet::from([way("db", "one")]);
    let world = stage.world(&spec).await.unwrap();
    let dial = async |service: &str| {
        let url = world.lookup(&format!("{service}.env.DB")).unwrap();
        PgConnection::connect(url.expose()).await
    };
    let (mut one, mut other) = (dial("one").await.unwrap(), dial("other").await.unwrap());

    let db = world.service("db").unwrap();
    db.way("one", Flow::Cut).await.unwrap();
    assert!(sqlx::query("select 1").execute(&mut one).await.is_err(), "an open connection is reset");
    assert!(dial("one").await.is_err(), "a new one is refused");
    sqlx::query("select 1").execute(&mut other).await.unwrap();
    dial("other").await.unwrap();

    db.control(Control::Heal).await.unwrap();
    let mut one = dial("one").await.unwrap();

    db.way("one", Flow::Slow(Duration::from_hours(1))).await.unwrap();
    let late = async |from: &mut PgConnection| {
        tokio::time::timeout(Duration::from_millis(200), sqlx::query("select 1").execute(from)).await.is_err()
    };
    assert!(late(&mut one).await, "what is asked does not arrive for an hour");
    sqlx::query("select 1").execute(&mut other).await.unwrap();
    db.control(Control::Heal).await.unwrap();
    sqlx::query("select 1").execute(&mut dial("one").await.unwrap()).await.unwrap();
    let refused = db.way("other", Flow::Cut).await.unwrap_err();
    assert!(refused.to_string().contains("without a link from `other` to `db`"), "{refused}");
    world.down().await.unwrap();
    stage.close().await.unwrap();
}

#[tokio::test]
async fn a_disturbance_that_no_link_can_make_is_refused_by_name() {
    let toy = Toy::new().with("agents", Kind::Agents, &[], &[]).with("db", postgres(), &[], &[]);
    let toy = toy.program("toy", &[]);
    let (stage, spec) = toy.stage().await;
    let refused = async |disturbed: Way| {
        let spec = WorldSpec { ways: BTreeSet::from([disturbed]), ..spec.clone() };
        stage.world(&spec).await.unwrap_err().to_string()
    };
    let told = refused(way("agents", "toy")).await;
    assert!(told.contains("the way from `toy` to `agents` cannot be disturbed alone"), "{told}");
    let calls_nobody = refused(way("toy", "db")).await;
    assert!(calls_nobody.contains("`db` calls nobody by an address of its environment"), "{calls_nobody}");
    assert!(refused(way("toy", "dbb")).await.contains("did you mean `db`?"));
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

#[tokio::test]
async fn an_announced_world_is_made_before_it_is_wanted() {
    let toy = Toy::new().program("toy", &[("GREETING", "hello")]);
    let (stage, spec) = toy.stage().await;
    let pool = WorldPool::new(stage.clone());
    let mut other = spec.clone();
    other.env.insert("toy".into(), [("GREETING".to_owned(), Some("other".to_owned()))].into());
    pool.announce([spec.clone(), other.clone(), spec.clone()]);
    let folder = toy.cache().join("cache/runs");
    super::toy::until("a world is made ahead", || {
        fs::read_dir(&folder).is_ok_and(|runs| {
            runs.flatten().any(|run| fs::read_dir(run.path()).is_ok_and(|worlds| worlds.count() > 0))
        })
    })
    .await;
    let changed = pool.take(&other).await.unwrap();
    assert!(logged(changed.service("toy").unwrap().logs(), "greeting other").await);
    let first = pool.take(&spec).await.unwrap();
    let second = pool.take(&spec).await.unwrap();
    assert_ne!(first.id(), second.id());
    for world in [changed, first, second] {
        world.down().await.unwrap();
    }
    assert!(pool.concurrency() >= 1);
    pool.announce([spec]);
    pool.drain().await;
    stage.close().await.unwrap();
}

/// Ledger: HARN-015.
#[tokio::test]
async fn a_program_that_was_not_built_from_the_tree_is_refused_by_name() {
    let mut toy = Toy::new();
    // The real edge as a stranger's program: it reports a digest, and not the one of this tree.
    fs::copy(env!("CARGO_BIN_EXE_edge"), toy.folder.path().join("bin/old")).unwrap();
    let at = DigestAt { path: "/__edge/health".into(), json: "$.build".into() };
    let program = Program {
        bin: "old".into(),
        sources: vec!["source".into()],
        digest_at: Some(at),
        ..Program::default()
    };
    toy.topology.programs.insert("old".into(), program);
    let args = ["--listen", "127.0.0.1:${self.port}", "--route", "a=127.0.0.1:1"];
    let args = args.iter().map(|arg| Text::parse(arg).unwrap()).collect();
    let ready = [Ready::Http { path: "/__edge/health".into(), host: None, status: 200 }];
    let toy = toy.with("service", Kind::Program { name: "old".into(), args }, &[], &ready);
    let (stage, spec) = toy.stage().await;
    let error = stage.world(&spec).await.unwrap_err();
    assert!(matches!(error, WorldError::Stale { .. }), "{error}");
    assert_eq!(error.class(), harness::world::Class::Setup);
    assert!(error.to_string().contains("`old` is stale") && error.to_string().contains("fix:"), "{error}");
    stage.close().await.unwrap();
}
