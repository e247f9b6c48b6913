//! The SQL client against a real Postgres.

use std::time::Duration;

use harness::engine::sql::{Answer, Database, SqlError};
use serde_json::{Value, json};

use crate::ground::{Ground, WITHIN};

async fn exec(database: &Database, sql: &str, args: &[Value], within: Duration) -> Result<Answer, SqlError> {
    database.exec(&[sql.to_owned()], args, within).await
}

/// A table of the test's own, gone with the connection.
async fn scratch(ground: &Ground) -> Database {
    let database = ground.database();
    let table = "create temp table t (id uuid, n int, at timestamptz, note text, data jsonb)";
    exec(&database, table, &[], WITHIN).await.unwrap();
    database
}

fn rows(answer: Answer) -> Vec<Value> {
    match answer {
        Answer::Rows(rows) => rows,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn arguments_take_the_type_the_statement_asks_for() {
    let ground = Ground::open().await;
    let database = scratch(&ground).await;
    let id = "8d7b4a4e-2c8e-4a9b-9a55-1f3a6f0e2a10";
    let insert = "insert into t values ($1, $2, $3, $4, $5)";
    let args = [json!(id), json!("7"), json!("2026-05-01T02:00:00+02:00"), json!(12), json!({ "a": [1] })];
    assert_eq!(exec(&database, insert, &args, WITHIN).await.unwrap(), Answer::Changed(1));
    let nothing = vec![Value::Null; 5];
    assert_eq!(exec(&database, insert, &nothing, WITHIN).await.unwrap(), Answer::Changed(1));
    let read = database
        .rows("select * from t where id = $1 or id is null order by n", &[json!(id)], WITHIN)
        .await
        .unwrap();
    assert_eq!(
        rows(read),
        [
            json!({ "id": id, "n": 7, "at": "2026-05-01T00:00:00Z", "note": "12", "data": { "a": [1] } }),
            json!({ "id": null, "n": null, "at": null, "note": null, "data": null }),
        ]
    );
    ground.close().await;
}

#[tokio::test]
async fn columns_of_every_usual_type_come_back_as_json() {
    let ground = Ground::open().await;
    let database = scratch(&ground).await;
    let sql = "select count(*), sum(x)::numeric as s, -1234567.0890::numeric as d, 0.05::numeric as e, \
               array_agg(x) as xs, array['a', null] as names, true as b, 'x'::name as who, \
               '2026-01-02'::date as day, '\\x6869'::bytea as raw from generate_series(1, 3) x";
    let read = database.rows(sql, &[], WITHIN).await.unwrap();
    let expected = json!({
        "count": 3, "s": 6, "d": -1_234_567.089, "e": 0.05, "xs": [1, 2, 3], "names": ["a", null], "b": true,
        "who": "x", "day": "2026-01-02", "raw": "aGk="
    });
    assert_eq!(rows(read), [expected]);
    ground.close().await;
}

#[tokio::test]
async fn enums_go_in_and_out_as_their_labels() {
    let ground = Ground::open().await;
    let database = scratch(&ground).await;
    exec(
        &database,
        "create type pg_temp.mood as enum ('sad', 'ok'); create temp table m (mood pg_temp.mood)",
        &[],
        WITHIN,
    )
    .await
    .unwrap();
    exec(&database, "insert into m values ($1)", &[json!("ok")], WITHIN).await.unwrap();
    let read = database.rows("select mood from m where mood = $1", &[json!("ok")], WITHIN).await.unwrap();
    assert_eq!(rows(read), [json!({ "mood": "ok" })]);
    ground.close().await;
}

#[tokio::test]
async fn a_refusal_is_an_answer_and_the_connection_lives_on() {
    let ground = Ground::open().await;
    let database = ground.database();
    let refused = database.rows("select * from no_such_table", &[], WITHIN).await.unwrap();
    let Answer::Refused(refusal) = refused else { panic!("{refused:?}") };
    assert_eq!(refusal.code, "42P01");
    assert!(database.rows("select 1 as one", &[], WITHIN).await.is_ok());
    ground.close().await;
}

#[tokio::test]
async fn settings_of_one_step_hold_in_the_next_and_a_timeout_starts_afresh() {
    let ground = Ground::open().await;
    let database = ground.database();
    exec(&database, "set enable_seqscan = off", &[], WITHIN).await.unwrap();
    let kept = database.rows("show enable_seqscan", &[], WITHIN).await.unwrap();
    assert_eq!(rows(kept), [json!({ "enable_seqscan": "off" })]);
    let late = database.rows("select pg_sleep(30)", &[], Duration::from_millis(100)).await;
    assert!(matches!(late, Err(SqlError::Timeout(_))), "{late:?}");
    let fresh = database.rows("show enable_seqscan", &[], WITHIN).await.unwrap();
    assert_eq!(rows(fresh), [json!({ "enable_seqscan": "on" })]);
    ground.close().await;
}

#[tokio::test]
async fn an_argument_that_does_not_fit_is_named() {
    let ground = Ground::open().await;
    let database = scratch(&ground).await;
    let error = database.rows("select * from t where id = $1", &[json!("nope")], WITHIN).await.unwrap_err();
    assert_eq!(error.to_string(), "argument $1 (uuid) cannot be made from \"nope\"");
    let error = database.rows("select 1", &[json!(1)], WITHIN).await.unwrap_err();
    assert_eq!(error.to_string(), "the statement has 0 parameters, the step gives 1");
    ground.close().await;
}

#[tokio::test]
async fn a_closed_port_is_unreachable_and_says_so() {
    let error = Database::at("postgres://dev@127.0.0.1:9/x").rows("select 1", &[], WITHIN).await.unwrap_err();
    assert!(matches!(error, SqlError::Unreachable(_)), "{error}");
}

#[tokio::test]
async fn several_statements_are_one_transaction_and_share_the_arguments() {
    let ground = Ground::open().await;
    let database = ground.database();
    exec(&database, "create temp table pair (n int primary key)", &[], WITHIN).await.unwrap();
    let insert = |text: &str| vec!["insert into pair values ($1)".to_owned(), text.to_owned()];
    let refused = database.exec(&insert("insert into pair values ($1)"), &[json!(1)], WITHIN).await.unwrap();
    assert!(matches!(refused, Answer::Refused(ref why) if why.code == "23505"), "{refused:?}");
    let both = database
        .exec(&insert("insert into pair values ($1::int + $2::int)"), &[json!(1), json!(5)], WITHIN)
        .await;
    assert_eq!(both.unwrap(), Answer::Changed(2), "the first try left nothing behind");
    ground.close().await;
}
