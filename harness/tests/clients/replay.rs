//! Statements and commands as steps of a replay.

use harness::engine::{Play, run_replay};
use harness_model::replay::parse_replay;
use harness_model::verdict::{Ending, Outcome};
use harness_model::yaml::{Source, Style};

use crate::ground::Ground;

async fn run(steps: &str, ground: &Ground) -> Outcome {
    let source = Source::new("replays/test/x.yaml", format!("replay: it holds\nsteps:\n{steps}"));
    let (replay, findings) = parse_replay(&source);
    let replay = replay.unwrap_or_else(|| panic!("{}", findings.render(Style::Plain)));
    let play = Play::of("replay::test::x", replay, source, env!("CARGO_MANIFEST_DIR"));
    run_replay(&play, &ground.world, &|_| ()).await
}

#[tokio::test]
async fn statements_and_commands_are_judged_like_everything_else() {
    let ground = Ground::open().await;
    let sql = r#"
  - { name: make, sql: { on: db, exec: ["create temp table t (n int)", "insert into t values (1), (2)"] } }
  - { name: change, sql: { on: db, exec: "update t set n = n + $1", args: [10] }, expect: { affected: 2 } }
  - { name: one, sql: { on: db, one: "select count(*) from t" }, expect: { equals: 2 }, capture: { count: $ } }
  - { name: rows, sql: { on: db, rows: "select n from t order by n" }, expect: { rows: [{ n: 11 }, { n: 12 }] } }
  - { name: kept, let: { c: "${count}" }, expect: { value: { c: 2 } } }
  - { name: refused, sql: { on: db, exec: "select nothing" }, expect: { error: { code: "42703" } } }
"#;
    let outcome = run(sql, &ground).await;
    assert_eq!(outcome.ending, Ending::Passed, "{outcome:#?}");
    let none =
        "  - { name: none, sql: { on: db, one: \"select 1 where false\" }, expect: { value: absent } }\n";
    let outcome = run(none, &ground).await;
    let Ending::Failed { steps } = outcome.ending else { panic!("{outcome:#?}") };
    assert!(steps[0].failure.message.contains("0 rows, not exactly one"), "{steps:#?}");
    if ground.redis().is_some() {
        let redis = r#"
  - { name: set, redis: { run: [SET, "k", '{"a":1}'] }, expect: { equals: OK } }
  - { name: get, redis: { run: [GET, "k"] }, expect: { json: { a: 1 } } }
  - { name: refused, redis: { run: [INCR, "k"] }, expect: { error: { contains: integer } } }
"#;
        let outcome = run(redis, &ground).await;
        assert_eq!(outcome.ending, Ending::Passed, "{outcome:#?}");
    }
    ground.close().await;
}
