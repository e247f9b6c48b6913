//! Rules of the topology: judged on every look, named in failures, silent where no answer came.

use harness_model::topology::Topology;
use harness_model::yaml::Source;

use super::{Builder, Ran, run, server};
use crate::world::World;

/// A world whose answers are under these rules.
async fn under(rules: &str) -> World {
    let text = format!("topology: t\nservices: {{ a: {{ agents: true }} }}\nalways:\n{rules}");
    let (read, findings) = Topology::read(Source::new("t.yaml", text));
    let rules = read.unwrap_or_else(|| panic!("{:?}", findings.lines())).always;
    Builder::default().server(server()).await.with(|topology| topology.always = rules).build()
}

fn only_failure(ran: &Ran) -> (String, String) {
    let failed = ran.failed();
    let [(step, failure)] = failed.as_slice() else { panic!("{failed:#?}") };
    let mismatches: Vec<_> = failure.mismatches.iter().map(ToString::to_string).collect();
    (step.clone(), format!("{}\n{}", failure.message, mismatches.join("\n")))
}

const TWO_ITEMS: &str = "  - { name: two items, of: { action: http, method: GET, path: /ok, as: anyone, via: server }, when: { status: 200 }, expect: { json: { items: [1, 3] } } }\n";

#[tokio::test]
async fn an_answer_that_breaks_a_rule_fails_a_step_that_expects_nothing_of_it() {
    let ran = run(
        "steps:\n  - { name: asks, http: { as: anyone, get: \"/ok?x=1\" }, expect: { status: 200 } }\n",
        &under(TWO_ITEMS).await,
    )
    .await;
    let (step, told) = only_failure(&ran);
    assert!(step.contains("asks"), "{step}");
    assert!(told.contains("json $.items[1]: expected equals 3 (always: two items), got 2"), "{told}");
    let at = ran.failed()[0].1.mismatches[0].at.clone().expect("the step that saw it");
    assert_eq!((at.file.as_str(), at.line), ("replays/test/x.yaml", 3));
}

#[tokio::test]
async fn a_rule_is_about_its_own_answers_only() {
    for rules in [
        TWO_ITEMS.replace("GET", "POST"),
        TWO_ITEMS.replace("/ok", "/other"),
        TWO_ITEMS.replace("anyone", "somebody"),
        TWO_ITEMS.replace("via: server", "via: other"),
        TWO_ITEMS.replace("status: 200", "status: 404"),
    ] {
        let steps = "steps:\n  - { http: { as: anyone, get: /ok }, expect: { status: 200 } }\n";
        run(steps, &under(&rules).await).await.assert_passed();
    }
}

#[tokio::test]
async fn a_wait_does_not_look_past_an_answer_that_breaks_a_rule() {
    let rule = "  - { name: never two, of: { action: http }, expect: { json: { n: { not: 2 } } } }\n";
    let steps = "steps:\n  - { name: waits, http: { as: anyone, get: /count }, eventually: { within: 30s, until: { json: { n: 4 } } } }\n";
    let ran = run(steps, &under(rule).await).await;
    let (_, told) = only_failure(&ran);
    assert!(told.starts_with("broke a rule of every answer at look 2\n"), "{told}");
}

#[tokio::test]
async fn where_no_answer_came_a_rule_is_silent() {
    let rule = "  - { name: always fine, of: { action: http }, expect: { status: 200 } }\n";
    let steps =
        "steps:\n  - { http: { as: anyone, get: /hang, timeout: 50ms }, expect: { error: timeout } }\n";
    run(steps, &under(rule).await).await.assert_passed();
}
