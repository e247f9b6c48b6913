//! Laws of the mutators, and fates of a small replay.

use harness_model::event::{Bound, Judged, Looked, Window};
use harness_model::replay::{Replay, Volatile, parse_replay};
use harness_model::topology::Topology;
use harness_model::yaml::{Source, Style};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::mutate;
use super::operator::Operator;
use super::weigh::{Fate, Subject};
use crate::engine::again::Sighting;

fn fields(value: Value) -> Map<String, Value> {
    let Value::Object(fields) = value else { panic!("an object") };
    fields
}

fn replay(steps: &str) -> Replay {
    let source = Source::new("x.yaml", format!("replay: x\nsteps:\n{steps}"));
    let (replay, findings) = parse_replay(&source);
    replay.unwrap_or_else(|| panic!("{}", findings.render(Style::Plain)))
}

/// The fates of every mutant of the first step, as `operator pointer`.
fn fates(steps: &str, seen: &[Value], volatile: &[&str], wanted: Fate) -> Vec<String> {
    let replay = replay(steps);
    let bound = |later: &Value| Bound(later.get("bound").cloned().map(fields).unwrap_or_default());
    let judged: Vec<_> = seen
        .iter()
        .map(|seen| {
            let window = seen.get("window").map(|frames| Window {
                frames: frames.as_array().unwrap().iter().map(frame).collect(),
                until_ms: 100,
                ..Window::default()
            });
            Judged::keeping(fields(seen["facets"].clone()), bound(seen), window)
        })
        .collect();
    let root = std::path::Path::new(".");
    let subjects: Vec<_> = replay
        .steps
        .iter()
        .zip(&judged)
        .map(|(step, judged)| Subject::of(step, judged, &[], root).expect("it holds as recorded"))
        .collect();
    let volatile: Vec<_> = volatile.iter().map(|text| Volatile::parse(text).unwrap()).collect();
    let mut told = Vec::new();
    subjects[0].each(&volatile, &subjects[1..], &mut |mutant, fate| {
        if fate == wanted {
            told.push(format!("{} {}", mutant.operator.word(), mutant.pointer).trim().to_owned());
        }
    });
    told
}

fn frame(json: &Value) -> Looked {
    Looked { at_ms: 5, frame: fields(json!({ "json": json, "text": json.to_string() })) }
}

#[test]
fn a_status_that_is_expected_is_caught_whatever_becomes_of_it() {
    let steps = "  - { name: a, http: { get: /x }, expect: { status: 200 } }\n";
    let seen = [json!({ "facets": { "status": 200, "headers": { "x-a": "1" }, "text": "" } })];
    let caught = fates(steps, &seen, &[], Fate::Caught);
    assert_eq!(caught, ["status+1", "status-1", "status class", "200<->404"]);
    let missed = fates(steps, &seen, &[], Fate::Missed);
    assert_eq!(missed, ["header dropped /x-a", "header twice /x-a", "header changed /x-a"]);
    assert!(fates(steps, &seen, &["headers $['x-a']"], Fate::Missed).is_empty());
    assert_eq!(fates(steps, &seen, &["headers"], Fate::Equivalent).len(), 3);
}

#[test]
fn only_what_the_expectation_names_is_caught() {
    let steps = "  - { name: a, http: { get: /x }, expect: { json: { n: 1, on: true } } }\n";
    let seen = [json!({ "facets": { "status": 200, "json": { "n": 1, "on": true, "free": "text" } } })];
    let missed = fates(steps, &seen, &[], Fate::Missed);
    assert!(missed.contains(&"text cut /free".to_owned()), "{missed:?}");
    assert!(missed.contains(&"key dropped /free".to_owned()), "{missed:?}");
    assert!(missed.iter().all(|mutant| !mutant.ends_with("/n") && !mutant.ends_with("/on")), "{missed:?}");
    let caught = fates(steps, &seen, &[], Fate::Caught);
    for expected in ["number+1 /n", "number-1 /n", "negated /on", "key dropped /n", "null /on", "retyped /n"]
    {
        assert!(caught.contains(&expected.to_owned()), "{expected} in {caught:?}");
    }
}

#[test]
fn the_body_as_text_follows_its_json() {
    let steps = "  - { name: a, http: { get: /x }, expect: { text: { contains: \"free\" } } }\n";
    let seen = [json!({ "facets": { "json": { "k": "free" }, "text": "{\"k\":\"free\"}" } })];
    let caught = fates(steps, &seen, &[], Fate::Caught);
    assert!(caught.contains(&"text cut /k".to_owned()), "{caught:?}");
    assert!(caught.contains(&"body empty".to_owned()), "{caught:?}");
}

/// A tool's answer stands in its envelope, and by itself.
#[test]
fn the_text_of_a_tool_follows_the_envelope_it_came_in() {
    let steps = "  - { name: a, mcp: { as: x, path: /mcp, call: y }, expect: { text: done } }\n";
    let envelope = json!({ "content": [{ "type": "text", "text": "done" }] });
    let seen = [json!({ "facets": { "value": envelope, "text": "done" } })];
    let caught = fates(steps, &seen, &[], Fate::Caught);
    for expected in ["text cut /content/0/text", "key dropped /content/0/text", "list empty /content"] {
        assert!(caught.contains(&expected.to_owned()), "{expected} in {caught:?}");
    }
    let missed = fates(steps, &seen, &[], Fate::Missed);
    assert!(missed.contains(&"text cut /content/0/type".to_owned()), "{missed:?}");
}

#[test]
fn a_captured_value_is_caught_where_a_later_step_expects_it() {
    let id = "8d7b4a4e-2c8e-4a9b-9a55-1f3a6f0e2a10";
    let first = "  - { name: a, http: { get: /x }, expect: { status: 200 }, capture: { ws: $.id } }\n";
    let later = "  - { name: b, http: { get: /y }, expect: { json: { id: \"${ws}\" } } }\n";
    let made = json!({ "facets": { "status": 200, "json": { "id": id } } });
    let read = json!({ "facets": { "status": 200, "json": { "id": id } }, "bound": { "ws": id } });
    let changed = "character changed /id".to_owned();
    let alone = fates(first, std::slice::from_ref(&made), &[], Fate::Equivalent);
    assert!(alone.contains(&changed), "another generated id is as good: {alone:?}");
    let both = fates(&format!("{first}{later}"), &[made.clone(), read], &[], Fate::Caught);
    assert!(both.contains(&changed), "{both:?}");
    let gone = fates(first, &[made], &[], Fate::Caught);
    assert!(gone.contains(&"key dropped /id".to_owned()), "nothing to capture: {gone:?}");
}

#[test]
fn rows_are_dropped_added_doubled_and_turned() {
    let steps = "  - { name: a, sql: { on: alpha, rows: select }, expect: { rows: [{ n: 1 }, { n: 2 }] } }\n";
    let rows = json!([{ "n": 1 }, { "n": 2 }]);
    let seen = [json!({ "facets": { "rows": rows, "json": rows, "value": rows } })];
    assert!(fates(steps, &seen, &[], Fate::Missed).iter().all(|mutant| mutant.starts_with("key added")));
    let caught = fates(steps, &seen, &[], Fate::Caught);
    for expected in ["row dropped", "row twice", "row added", "rows reordered", "number+1 /0/n"] {
        assert!(caught.contains(&expected.to_owned()), "{expected} in {caught:?}");
    }
}

#[test]
fn one_value_of_a_statement_follows_its_row() {
    let steps = "  - { name: a, sql: { on: alpha, one: select }, expect: { equals: 3 } }\n";
    let seen = [json!({ "facets": { "rows": [{ "count": 3 }], "json": { "count": 3 }, "value": 3 } })];
    let caught = fates(steps, &seen, &[], Fate::Caught);
    for expected in ["row dropped", "row added", "number+1 /0/count"] {
        assert!(caught.contains(&expected.to_owned()), "{expected} in {caught:?}");
    }
}

#[test]
fn frames_are_dropped_late_doubled_and_turned() {
    let seen = [json!({ "facets": {}, "window": [{ "n": 1 }, { "n": 2 }] })];
    let steps = |more: &str| {
        format!(
            "  - {{ name: a, ws: {{ sees: [{{ json: {{ n: 1 }} }}, {{ json: {{ n: 2 }} }}], on: line, within: 1s{more} }} }}\n"
        )
    };
    let caught = fates(&steps(""), &seen, &[], Fate::Caught);
    for expected in ["frame dropped /0", "frame late /1", "frames reordered /0", "number+1 /1/json/n"] {
        assert!(caught.contains(&expected.to_owned()), "{expected} in {caught:?}");
    }
    assert!(fates(&steps(""), &seen, &[], Fate::Missed).contains(&"frame twice /0".to_owned()));
    let strict = fates(&steps(", nothing_else: true"), &seen, &[], Fate::Caught);
    assert!(strict.contains(&"frame twice /0".to_owned()), "{strict:?}");
}

#[test]
fn the_status_of_a_control_interface_is_the_harness_own_word() {
    let steps = "  - { name: a, stub: { state: x }, expect: { json: { calls: 1 } } }\n";
    let seen = [json!({ "facets": { "status": 200, "json": { "calls": 1 } } })];
    let missed = fates(steps, &seen, &[], Fate::Missed);
    assert!(missed.iter().all(|mutant| !mutant.starts_with("status")), "{missed:?}");
}

#[test]
fn a_rule_of_the_topology_notices_what_the_step_does_not() {
    let text = "topology: t\nservices: { a: { agents: true } }\nalways:\n  - { name: typed, of: { method: GET }, expect: { headers: { content-type: application/json } } }\n";
    let always = Topology::read(Source::new("t.yaml", text)).0.unwrap().always;
    let replay = replay("  - { name: a, http: { get: /x }, expect: { status: 200 } }\n");
    let seen = json!({ "status": 200, "headers": { "content-type": "application/json" }, "text": "" });
    let mut judged = Judged::keeping(fields(seen), Bound::default(), None);
    let missed = |judged: &Judged| {
        let subject = Subject::of(&replay.steps[0], judged, &always, std::path::Path::new(".")).unwrap();
        let mut missed = 0;
        subject.each(&[], &[], &mut |_, fate| missed += u32::from(fate == Fate::Missed));
        missed
    };
    assert_eq!(missed(&judged), 4, "nothing was asked that the rule is about");
    judged.asked = fields(json!({ "action": "http", "method": "GET" }));
    assert_eq!(missed(&judged), 0);
}

#[test]
fn a_step_that_does_not_hold_as_recorded_proves_nothing() {
    let replay = replay("  - { name: a, http: { get: /x }, expect: { status: 200 } }\n");
    let judged = Judged::keeping(fields(json!({ "status": 500 })), Bound::default(), None);
    assert!(Subject::of(&replay.steps[0], &judged, &[], std::path::Path::new(".")).is_none());
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        Just(json!("2026-06-14T09:00:00Z")),
        Just(json!("8d7b4a4e-2c8e-4a9b-9a55-1f3a6f0e2a10")),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((".{0,6}", inner), 0..6)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn every_mutant_differs_and_none_panics(value in json_value(), text in ".{0,40}") {
        let facets = [
            json!({ "status": 200, "headers": { "a": text, "b": [text, text] }, "json": value,
                    "text": value.to_string(), "body": value.to_string(), "size": 3 }),
            json!({ "rows": [value, value], "json": [value, value], "value": [value, value] }),
            json!({ "rows": [value], "json": value, "value": value }),
            json!({ "text": text, "body": text }),
            json!({ "exit": 0, "stdout": text, "stderr": "" }),
            json!({ "value": value, "error": value, "affected": 7 }),
        ];
        for facets in facets {
            let original = Sighting { facets: fields(facets), window: None };
            mutate::each(&original, &mut |mutant| {
                assert_ne!(mutant.sighting, original, "{:?} {}", mutant.operator, mutant.pointer);
            });
        }
        let frames = vec![frame(&value), frame(&json!(1))];
        let window = Some(Window { frames, until_ms: 10, ..Window::default() });
        let original = Sighting { facets: Map::new(), window };
        mutate::each(&original, &mut |mutant| assert_ne!(mutant.sighting, original));
    }
}

#[test]
fn every_operator_finds_a_place() {
    let page = json!({ "s": "Ab", "n": 1, "b": true, "l": [1, 2], "o": { "k": "v" } });
    let sightings = [
        json!({ "status": 200, "headers": { "x": "Ab" }, "json": page, "text": page.to_string() }),
        json!({ "rows": [{ "n": 1 }, { "n": 2 }], "json": 0, "value": 0 }),
        json!({ "affected": 1 }),
        json!({ "text": "one\ntwo\n" }),
    ];
    let mut found = std::collections::BTreeSet::new();
    for facets in sightings {
        let original = Sighting { facets: fields(facets), window: None };
        mutate::each(&original, &mut |mutant| {
            found.insert(mutant.operator);
        });
    }
    let window = Some(Window { frames: vec![frame(&json!(1)), frame(&json!(2))], ..Window::default() });
    let original = Sighting { facets: Map::new(), window };
    mutate::each(&original, &mut |mutant| {
        found.insert(mutant.operator);
    });
    let never: Vec<_> = Operator::ALL.iter().filter(|operator| !found.contains(operator)).collect();
    assert!(never.is_empty(), "{never:?}");
}
