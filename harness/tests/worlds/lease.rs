//! Worlds that outlive the command that made them.

use harness::world::lease::{attach, down, up};
use harness::world::{Control, WorldSpec, down_all};
use harness_model::topology::Topology;
use harness_model::yaml::Source;
use std::sync::Arc;

use super::toy::{Toy, connect, logged, postgres, processes_below, until};

/// The toy topology as a file would say it.
pub(crate) const FILE: &str = r#"
topology: toy
programs: { toy: { package: toy, sources: [source] } }
services:
  db: { postgres: { template: [source] } }
  toy:
    program: toy
    needs: [db]
    env: { GREETING: hello, TOKEN: { secret: random } }
    ready: [{ log: ready }]
"#;

pub(crate) fn source() -> (Source, WorldSpec) {
    let source = Source::new("toy.yaml", FILE);
    let (topology, diagnostics) = Topology::read(source.clone());
    assert_eq!(diagnostics.lines(), Vec::<String>::new());
    (source, WorldSpec::of(Arc::new(topology.unwrap())))
}

#[tokio::test]
async fn a_leased_world_is_used_by_others_and_ended_by_name() {
    let toy = Toy::new();
    let options = toy.options();
    let (source, spec) = source();
    assert!(attach(&options).await.unwrap().is_none());
    up(&options, &source, &spec).await.unwrap();
    let again = up(&options, &source, &spec).await.unwrap_err();
    assert!(again.to_string().contains("is up already"), "{again}");

    let world = attach(&options).await.unwrap().unwrap().world;
    assert!(world.lookup("toy.env.TOKEN").unwrap().is_secret());
    sqlx::query("select 1").execute(&mut connect(&world, "db").await).await.unwrap();
    let service = world.service("toy").unwrap();
    assert!(logged(service.logs(), "greeting hello").await);
    service.control(Control::Restart).await.unwrap();
    assert!(logged(service.logs(), "[harness] Restart").await);

    assert!(down(&options).await.unwrap());
    assert!(!down(&options).await.unwrap());
    assert!(attach(&options).await.unwrap().is_none());
    until("everything is gone", || processes_below(&options.cache).is_empty()).await;
}

#[tokio::test]
async fn a_world_that_cannot_come_up_says_why() {
    let toy = Toy::new();
    std::fs::write(toy.folder.path().join("bin/toy"), "#!/bin/sh\necho no such luck\nexit 9\n").unwrap();
    let (source, spec) = source();
    let error = up(&toy.options(), &source, &spec).await.unwrap_err();
    assert!(error.to_string().contains("no such luck"), "{error}");
    assert_eq!(error.class(), harness::world::Class::Unready);
    down_all(&toy.options()).await.unwrap();
}

#[tokio::test]
async fn the_state_file_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let toy = Toy::new().with("db", postgres(), &[], &[]);
    let (source, spec) = source();
    up(&toy.options(), &source, &spec).await.unwrap();
    let mode = std::fs::metadata(toy.folder.path().join(".harness/up.json")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    down(&toy.options()).await.unwrap();
}
