//! How a replay ends, and that `finally` and the report survive every way.

use harness_model::event::RunEvent;
use harness_model::verdict::Ending;
use secrecy::SecretString;

use super::{Builder, play, run, run_play, server, world};
use crate::world::{Endpoint, Looked, Stream};

#[tokio::test]
async fn captured_values_reach_later_steps_and_every_check_is_counted() {
    let ran = run(
        r#"
let: { who: world }
steps:
  - name: first
    http: { as: anyone, get: /ok }
    expect: { status: 200, json: { status: ok } }
    capture: { n: $.n, all: { path: "$.items[*]", all: true } }
  - name: second
    http: { as: anyone, post: "/echo/${who}", json: { n: "${n}", all: "${all}" } }
    expect: { json: { target: /echo/world, body: '{"n":1,"all":[1,2]}' } }
"#,
        &world().await,
    )
    .await;
    ran.assert_passed();
    assert_eq!((ran.outcome.checks_passed, ran.outcome.checks_failed), (3, 0));
    assert_eq!(ran.begun(), ["first", "second"]);
}

#[tokio::test]
async fn a_failing_expectation_tells_every_mismatch_and_where_it_is_written() {
    let ran = run(
        "steps:\n  - name: wrong\n    http: { as: anyone, get: /ok }\n    expect:\n      status: 404\n      json: { status: bad, n: 1, gone: present }\n  - { name: never, http: { as: anyone, get: /ok } }\n",
        &world().await,
    )
    .await;
    let failed = ran.failed();
    let (name, failure) = &failed[0];
    assert_eq!(name, "wrong");
    let paths: Vec<_> = failure.mismatches.iter().map(|mismatch| mismatch.path.as_str()).collect();
    assert_eq!(paths, ["status", "json $.status", "json $.gone"]);
    let at = failure.mismatches[1].at.as_ref().unwrap();
    assert_eq!((at.line, at.text.trim()), (7, "json: { status: bad, n: 1, gone: present }"));
    assert!(failure.at.is_some() && failure.request.is_some() && failure.response.is_some());
    assert!(failure.curl.as_ref().unwrap().starts_with("curl -i -X GET"), "{:?}", failure.curl);
    assert_eq!(ran.begun(), ["wrong"], "the steps after it do not run");
    assert_eq!(ran.outcome.checks_failed, 2);
}

#[tokio::test]
async fn a_given_step_that_fails_breaks_the_replay_and_finally_runs() {
    let ran = run(
        "given:\n  - { name: prepare, http: { as: anyone, get: /ok }, expect: { status: 201 } }\nsteps:\n  - { name: judge, http: { as: anyone, get: /ok } }\nfinally:\n  - { name: tidy, http: { as: anyone, get: /missing }, expect: { status: 200 } }\n  - { name: tidy more, http: { as: anyone, get: /ok } }\n",
        &world().await,
    )
    .await;
    assert!(ran.broken().message.contains("expected equals 201"), "{:?}", ran.broken().message);
    assert_eq!(ran.begun(), ["prepare", "tidy", "tidy more"]);
    assert!(ran.events.iter().any(|event| matches!(event, RunEvent::StepBroken { .. })));
}

#[tokio::test]
async fn a_failure_in_finally_is_a_failure_and_hides_no_earlier_one() {
    let ran = run(
        "steps:\n  - { name: a, http: { as: anyone, get: /missing }, expect: { status: 200 } }\nfinally:\n  - { name: b, http: { as: anyone, get: /missing }, expect: { status: 200 } }\n  - { name: c, let: { x: \"${unknown}\" } }\n",
        &world().await,
    )
    .await;
    let names: Vec<_> = ran.failed().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["a", "b"]);
}

#[tokio::test]
async fn what_cannot_be_judged_is_broken_and_never_failed() {
    let world = world().await;
    for body in [
        "steps:\n  - http: { as: nobody_knows, get: /ok }\n",
        "steps:\n  - http: { as: anyone, get: \"/${unknown}\" }\n",
        "let: { x: \"${unknown}\" }\nsteps:\n  - http: { as: anyone, get: /ok }\n",
        "steps:\n  - sql: { on: nowhere, one: select 1 }\n",
        "steps:\n  - for_each: { x: [] }\n    http: { as: anyone, get: /ok }\n",
    ] {
        let ran = run(body, &world).await;
        assert!(matches!(ran.outcome.ending, Ending::Broken { .. }), "{body}: {:?}", ran.outcome);
    }
}

#[tokio::test]
async fn a_request_without_an_answer_passes_no_expectation_it_does_not_name() {
    let ran = run(
        "steps:\n  - { name: a, http: { get: \"http://127.0.0.1:9/x\" }, expect: { json: absent } }\n",
        &world().await,
    )
    .await;
    assert!(ran.failed()[0].1.message.contains("error: expected no error"), "{:?}", ran.failed());
    let ran = run(
        "steps:\n  - { name: a, http: { get: \"http://127.0.0.1:9/x\" }, expect: { error: refused } }\n",
        &world().await,
    )
    .await;
    ran.assert_passed();
}

#[tokio::test]
async fn a_service_that_dies_during_a_step_breaks_it_with_its_last_lines() {
    let world = world().await;
    let log = world.service("server").unwrap().logs().clone();
    log.push(Stream::Err, "before the replay");
    let dying =
        play("steps:\n  - { name: a, http: { as: anyone, get: /missing }, expect: { status: 200 } }\n");
    let events = std::sync::Mutex::new(Vec::new());
    let sink = |event: RunEvent| {
        if matches!(event, RunEvent::StepStarted { .. }) {
            log.push(Stream::Err, "panicked at src/main.rs");
            log.push(Stream::Harness, "[harness] ended with exit code 101");
        }
        events.lock().unwrap().push(event);
    };
    let outcome = super::run_replay(&dying, &world, &sink).await;
    let Ending::Broken { failure, .. } = outcome.ending else { panic!("{outcome:?}") };
    assert!(failure.message.starts_with("service `server` died with exit code 101"), "{}", failure.message);
    assert_eq!(failure.logs[0].lines, ["panicked at src/main.rs", "[harness] ended with exit code 101"]);
}

#[tokio::test]
async fn no_secret_reaches_an_event_or_the_outcome() {
    let token = "tok-5f0c9d1e7a";
    let env = [("ADMIN_TOKEN", Looked::Secret(SecretString::from(token)))];
    let world = Builder::default()
        .server(server())
        .await
        .service("tenant", Endpoint::Http("http://127.0.0.1:9".into()), &env)
        .build();
    let ran = run(
        r#"
steps:
  - name: echoed in every way
    for_each: { t: ["${tenant.env.ADMIN_TOKEN}"] }
    http:
      as: anyone
      post: "/echo?t=${tenant.env.ADMIN_TOKEN}"
      headers: { X-Token: "${tenant.env.ADMIN_TOKEN}" }
      json: { token: "${base64(t)}", plain: "${t}" }
    expect: { status: 404, json: { body: "${t}" } }
"#,
        &world,
    )
    .await;
    assert_eq!(ran.failed().len(), 1);
    let told = ran.told();
    assert!(!told.contains(token), "{told}");
    assert!(told.contains("[secret tenant.env.ADMIN_TOKEN]"));
    world.service("tenant").unwrap().logs().push(Stream::Out, token);
}

#[tokio::test]
async fn a_captured_secret_is_masked_from_then_on() {
    let ran = run(
        r#"
steps:
  - name: learn
    http: { as: anyone, post: /echo, text: "fresh-secret-123" }
    capture: { token: { path: $.body, secret: true } }
  - name: use
    http: { as: anyone, post: /echo, text: "${token}" }
    expect: { status: 500 }
"#,
        &world().await,
    )
    .await;
    let failure = serde_json::to_string(&ran.failed()[0].1).unwrap();
    assert!(!failure.contains("fresh-secret-123") && failure.contains("[secret token]"), "{failure}");
}

#[tokio::test]
async fn a_replay_that_takes_too_long_fails_and_finally_still_runs() {
    let ran = run(
        "timeout: 100ms\nsteps:\n  - { name: slow, http: { as: anyone, get: /hang } }\nfinally:\n  - { name: tidy, http: { as: anyone, get: /ok } }\n",
        &world().await,
    )
    .await;
    assert!(ran.failed()[0].1.message.contains("took longer than 100ms"));
    assert_eq!(ran.begun(), ["slow", "tidy"]);
}

#[tokio::test]
async fn a_row_of_the_matrix_is_a_set_of_names() {
    let mut play = play(
        "matrix: { path: [ok, missing] }\nsteps:\n  - http: { as: anyone, get: \"/${path}\" }\n    expect: { status: 404 }\n",
    );
    play.row = play.replay.matrix.rows()[1].clone();
    run_play(&play, &world().await).await.assert_passed();
}
