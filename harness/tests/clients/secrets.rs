//! No secret in what is told of statements and commands, whether they work or not.

use std::sync::Mutex;

use harness::engine::{Play, run_replay};
use harness_model::event::RunEvent;
use harness_model::replay::parse_replay;
use harness_model::yaml::{Source, Style};

use crate::ground::Ground;

const TOKEN: &str = "s3cr/et+\"of'the\\row";

/// The steps after the one that makes the secret known; each goes red and tells what it saw.
const STEPS: &[&str] = &[
    "sql: { on: db, one: \"select $1::text as token\", args: [\"${t}\"] }\n    expect: { json: { token: x } }",
    "sql: { on: db, rows: \"select $1::text as token, 1 as n\", args: [\"x ${t} y\"] }\n    expect: { rows: [{ n: 2 }] }",
    "sql: { on: db, exec: \"select ($1::text)::int\", args: [\"${t}\"] }\n    expect: { affected: 1 }",
    "sql: { on: db, one: \"select encode(convert_to($1::text, 'UTF8'), 'base64') as b\", args: [\"${t}\"] }\n    expect: { equals: 1 }",
    "redis: { run: [SET, \"k ${t}\", \"v ${t}\"] }\n    expect: { equals: x }",
    "redis: { run: [ECHO, \"${t}\"] }\n    expect: { text: x }",
    "redis: { run: [\"${t}\"] }\n    expect: { equals: x }",
];

/// Everything that is told of a replay, and its outcome.
async fn told(steps: &str, ground: &Ground) -> String {
    let source = Source::new("replays/test/x.yaml", format!("replay: it holds\nsteps:\n{steps}"));
    let (replay, findings) = parse_replay(&source);
    let replay = replay.unwrap_or_else(|| panic!("{}", findings.render(Style::Plain)));
    let play = Play::of("replay::test::x", replay, source, env!("CARGO_MANIFEST_DIR"));
    let events: Mutex<Vec<RunEvent>> = Mutex::default();
    let outcome = run_replay(&play, &ground.world, &|event| events.lock().unwrap().push(event)).await;
    format!(
        "{}{}",
        serde_json::to_string(&*events.lock().unwrap()).unwrap(),
        serde_json::to_string(&outcome).unwrap()
    )
}

#[tokio::test]
async fn no_secret_is_told_of_statements_and_commands() {
    let ground = Ground::open().await;
    let url = ground.world.database("db").unwrap().postgres_url().unwrap().clone();
    let has_redis = ground.redis().is_some();
    for step in STEPS.iter().filter(|step| has_redis || step.starts_with("sql")) {
        // The secret is written where no report looks: in hexadecimal, in the text of a statement.
        let make = format!(
            "  - name: make\n    sql: {{ on: db, one: \"select convert_from('\\\\x{}'::bytea, 'UTF8')\" }}\n    capture: {{ t: {{ path: $, secret: true }} }}\n",
            hex::encode(TOKEN)
        );
        let told = told(&format!("{make}  - name: told\n    {step}\n"), &ground).await;
        for spelled in
            [TOKEN, &TOKEN.replace('\\', "\\\\").replace('"', "\\\""), &hex::encode(TOKEN), "of'the"]
        {
            assert!(!told.contains(spelled), "{step}\n{spelled} in {told}");
        }
        assert!(told.matches("[secret t]").count() > 2, "{step}\nwas never there: {told}");
        use secrecy::ExposeSecret as _;
        let password =
            url::Url::parse(url.expose_secret()).unwrap().password().unwrap_or("no password").to_owned();
        assert!(!told.contains(&password), "the database's own password");
    }
    ground.close().await;
}
