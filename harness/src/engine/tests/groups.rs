//! `for_each`, `parallel`, `repeat`, `use`.

use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use harness_model::replay::parse_part;
use harness_model::yaml::Source;
use tokio::sync::Barrier;

use super::{Builder, play, run, run_play, world};
use crate::engine::{LoadedPart, Parts};

#[tokio::test]
async fn every_row_runs_and_each_failing_one_is_named() {
    let ran = run(
        "steps:\n  - name: row\n    for_each: { path: [/ok, /missing, /echo], code: [200] }\n    http: { as: anyone, get: \"${path}\" }\n    expect: { status: \"${code}\" }\n  - { name: after, http: { as: anyone, get: /ok } }\n",
        &world().await,
    )
    .await;
    let names: Vec<_> = ran.failed().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["row [path=/missing, code=200]"]);
    assert_eq!(ran.begun().len(), 3);
}

#[tokio::test]
async fn branches_start_together_and_their_captures_are_seen_afterwards() {
    let barrier = Arc::new(Barrier::new(2));
    let app = Router::new().route(
        "/{name}",
        get(|axum::extract::Path(name): axum::extract::Path<String>| async move {
            // Neither is answered before both have been asked.
            barrier.wait().await;
            axum::Json(serde_json::json!({ "name": name }))
        }),
    );
    let world = Builder::default().server(app).await.build();
    let ran = run(
        "steps:\n  - name: both\n    parallel:\n      one:\n        - { name: a, http: { as: anyone, get: /a, timeout: 10s }, capture: { a: $.name } }\n      two:\n        - { name: b, http: { as: anyone, get: /b, timeout: 10s }, capture: { b: $.name } }\n  - { name: seen, let: { ab: \"${a}${b}\" }, expect: { equals: { ab: ab } } }\n",
        &world,
    )
    .await;
    ran.assert_passed();
    assert_eq!(ran.begun(), ["both", "a [one]", "b [two]", "seen"]);
}

#[tokio::test]
async fn every_branch_runs_to_its_end_and_all_failures_are_told() {
    let ran = run(
        "steps:\n  - name: both\n    parallel:\n      one: [{ name: a, http: { as: anyone, get: /missing }, expect: { status: 200 } }]\n      two: [{ name: b, http: { as: anyone, get: /missing }, expect: { status: 200 } }]\n",
        &world().await,
    )
    .await;
    assert_eq!(ran.failed().len(), 2);
}

#[tokio::test]
async fn rounds_are_counted_collected_and_judged_as_a_whole() {
    for concurrency in [1, 8] {
        let ran = run(
            &format!(
                "steps:\n  - name: rounds\n    repeat:\n      times: 20\n      concurrency: {concurrency}\n      counter: i\n      collect: {{ seen: \"${{n}}\", number: \"${{i}}\" }}\n      steps:\n        - {{ name: count, http: {{ as: anyone, post: /count }}, expect: {{ status: 200 }}, capture: {{ n: $.n }} }}\n    expect: {{ value: {{ seen: {{ length: 20 }} }} }}\n  - name: in order\n    let: {{ first: \"${{number[0]}}\", last: \"${{number[19]}}\", sorted: \"${{sort(seen)}}\" }}\n    expect: {{ value: {{ first: 0, last: 19 }} }}\n"
            ),
            &world().await,
        )
        .await;
        ran.assert_passed();
        assert_eq!(ran.begun().len(), 22);
    }
}

#[tokio::test]
async fn a_part_sees_its_inputs_only_and_gives_its_outputs() {
    let text = "part: asks\ninputs: [path]\ndefaults: { code: 200 }\noutputs: [n]\nsteps:\n  - name: ask\n    http: { as: anyone, get: \"${path}\" }\n    expect: { status: \"${code}\" }\n    capture: { n: $.n }\n";
    let source = Source::new("replays/parts/ask.yaml", text);
    let part = parse_part(&source).0.unwrap();
    let parts: Parts = [("replays/parts/ask.yaml".to_owned(), Arc::new(LoadedPart { part, source }))].into();
    let body = |with: &str| {
        format!(
            "let: {{ code: 404 }}\nsteps:\n  - name: use it\n    use: {{ part: replays/parts/ask.yaml, with: {with}, rename: {{ n: number }} }}\n  - {{ name: got, let: {{ x: \"${{number}}\" }}, expect: {{ value: {{ x: 1 }} }} }}\n"
        )
    };
    let world = world().await;
    let mut good = play(&body("{ path: /ok }"));
    good.parts = parts;
    run_play(&good, &world).await.assert_passed();
    let mut bad = play(&body("{ path: /ok, code: 500 }"));
    bad.parts = good.parts.clone();
    let ran = run_play(&bad, &world).await;
    let (name, failure) = &ran.failed()[0];
    assert_eq!(name, "ask [replays/parts/ask.yaml]");
    assert_eq!(failure.at.as_ref().unwrap().file, "replays/parts/ask.yaml");
    let mut missing = play(&body("{}"));
    missing.parts = good.parts.clone();
    assert!(run_play(&missing, &world).await.broken().message.contains("needs the input `path`"));
}
