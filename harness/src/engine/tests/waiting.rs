//! `eventually`, `never`, `stays`.

use super::{run, world};

#[tokio::test]
async fn eventually_looks_until_it_holds() {
    let ran = run(
        "steps:\n  - name: grows\n    http: { as: anyone, get: /count }\n    eventually: { within: 10s, every: 1ms, until: { json: { n: { at_least: 4 } } } }\n    expect: { status: 200 }\n    capture: { n: $.n }\n  - { name: kept, let: { n: \"${n}\" }, expect: { equals: { n: 4 } } }\n",
        &world().await,
    )
    .await;
    ran.assert_passed();
}

#[tokio::test]
async fn a_timeout_of_eventually_tells_the_last_value_and_the_number_of_looks() {
    let ran = run(
        "steps:\n  - name: never there\n    http: { as: anyone, get: /hour, timeout: 2h }\n    eventually: { within: 1h, every: 1ms, until: { json: { status: online } } }\n",
        &world().await,
    )
    .await;
    let (_, failure) = &ran.failed()[0];
    let waited = failure.waited.as_ref().unwrap();
    assert_eq!((waited.mode.as_str(), waited.limit_ms), ("eventually", 3_600_000));
    assert_eq!(waited.attempts, 3);
    assert!(failure.message.contains("iterations=3"), "{}", failure.message);
    assert_eq!(failure.mismatches[0].actual, "\"ok\"");
    assert!(failure.response.is_some());
}

#[tokio::test]
async fn abort_on_ends_the_wait_at_once() {
    let ran = run(
        "steps:\n  - name: gives up\n    http: { as: anyone, get: /ok }\n    eventually: { within: 600s, until: { status: 404 }, abort_on: { json: { status: ok } } }\n",
        &world().await,
    )
    .await;
    let (_, failure) = &ran.failed()[0];
    assert_eq!(failure.waited.as_ref().unwrap().attempts, 1);
    assert!(failure.waited.as_ref().unwrap().aborted.is_some());
}

#[tokio::test]
async fn a_look_without_an_answer_does_not_outlive_the_deadline() {
    let ran = run(
        "steps:\n  - name: silent\n    http: { as: anyone, get: /hang }\n    eventually: { within: 100ms, until: { status: 200 } }\n",
        &world().await,
    )
    .await;
    assert!(ran.failed()[0].1.message.contains("did not come to hold"));
}

#[tokio::test]
async fn never_fails_when_it_comes_to_hold_or_cannot_be_looked_at() {
    let world = world().await;
    let never = |target: &str, that: &str| {
        format!(
            "steps:\n  - name: n\n    http: {{ get: \"{target}\", timeout: 2h }}\n    never: {{ for: 1h, every: 1ms, that: {that} }}\n"
        )
    };
    let base = world.service("server").unwrap().url().unwrap().to_owned();
    run(&never(&format!("{base}/hour"), "{ status: 500 }"), &world).await.assert_passed();
    let came = run(&never(&format!("{base}/count"), "{ json: { n: 3 } }"), &world).await;
    assert!(came.failed()[0].1.message.contains("came to hold at look 3"), "{:?}", came.failed());
    let dead = run(&never("http://127.0.0.1:9/x", "{ status: 500 }"), &world).await;
    assert!(dead.failed()[0].1.message.contains("could not be looked at"), "{:?}", dead.failed());
}

#[tokio::test]
async fn stays_fails_at_the_first_look_that_does_not_hold() {
    let ran = run(
        "steps:\n  - name: s\n    http: { as: anyone, get: /count }\n    stays: { for: 10s, every: 1ms, that: { json: { n: { less_than: 3 } } } }\n",
        &world().await,
    )
    .await;
    assert!(ran.failed()[0].1.message.contains("did not hold any more at look 3"), "{:?}", ran.failed());
}
