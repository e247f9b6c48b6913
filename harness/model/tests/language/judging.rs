//! What each matcher says about which value, and how it says no.

use harness_model::form::Form;
use harness_model::matcher::{Pattern, judge};
use harness_model::template::{Generator, Scope};
use harness_model::yaml::{Diagnostics, Source, parse};
use serde_json::{Value, json};

struct Vars;

impl Scope for Vars {
    fn variable(&self, name: &str) -> Option<Value> {
        match name {
            "ws" => Some(json!("w-1")),
            "baseline" => Some(json!({ "calls": 3, "list": [10, 20] })),
            _ => None,
        }
    }

    fn generate(&self, _: Generator) -> Value {
        json!("2026-06-14T10:00:00Z")
    }
}

/// The mismatches of a pattern, as lines.
fn judged(pattern: &str, value: &Value) -> Vec<String> {
    let mut findings = Diagnostics::new(Source::new("p", pattern));
    let node = parse(&mut findings).expect("a tree");
    let pattern = Pattern::read(&node, &mut findings).unwrap_or_else(|| panic!("{:?}", findings.lines()));
    let matcher = pattern.bind(&Vars).expect("every name has a value");
    judge(&matcher, value).iter().map(ToString::to_string).collect()
}

fn yes(pattern: &str, value: Value) {
    assert_eq!(judged(pattern, &value), Vec::<String>::new(), "{pattern} of {value}");
}

fn no(pattern: &str, value: Value, why: &[&str]) {
    assert_eq!(judged(pattern, &value), why, "{pattern} of {value}");
}

#[test]
fn objects_are_partial_and_exact_ones_are_not() {
    let value = json!({ "a": 1, "b": { "c": 2, "d": 3 } });
    yes("{ a: 1 }", value.clone());
    yes("{ b: { c: 2 } }", value.clone());
    yes("{ exact: { a: 1, b: { c: 2, d: 3 } } }", value.clone());
    no(
        "{ exact: { a: 1, b: { c: 2 } } }",
        value.clone(),
        &["$.b.d: expected no such field (exact), found 3"],
    );
    no(
        "{ a: 2, x: 1 }",
        value,
        &["$.a: expected equals 2, found 1", "$.x: expected equals 1, found nothing"],
    );
}

#[test]
fn lists_are_whole_and_every_mismatch_is_reported() {
    yes("[1, { type: string }]", json!([1, "x"]));
    no(
        "[1, 2, 3]",
        json!([1, 9, 8]),
        &["$[1]: expected equals 2, found 9", "$[2]: expected equals 3, found 8"],
    );
    no("[1]", json!([1, 2]), &["$: expected a list of 1 items, not 2, found [1,2]"]);
}

#[test]
fn paths_select_one_value_or_a_list() {
    let value = json!({ "rows": [{ "id": 1 }, { "id": 2 }] });
    yes("{ \"$.rows[0].id\": 1, \"$.rows[*].id\": { unordered: [2, 1] } }", value.clone());
    yes("{ \"$.rows[5].id\": absent }", value.clone());
    no("{ \"$.rows[*].id\": { each: 1 } }", value, &["$.rows[*].id[1]: expected equals 1, found 2"]);
}

#[test]
fn texts_have_parts_ends_and_patterns() {
    yes("{ contains: [a, c], starts_with: a, ends_with: c, matches: \"^a.c$\", length: 3 }", json!("abc"));
    no("{ contains: [a, x] }", json!("abc"), &["$: expected contains \"x\", found \"abc\""]);
    yes("{ not: { contains: isolated } }", json!("404"));
    yes("{ contains: { id: 2 } }", json!([{ "id": 1 }, { "id": 2, "more": true }]));
    yes("empty", json!(""));
    no("empty", json!("x"), &["$: expected empty, found \"x\""]);
}

#[test]
fn numbers_instants_and_lengths_of_time_compare() {
    yes("{ at_least: 1, at_most: 3, more_than: 1, less_than: 3, between: [2, 2] }", json!(2));
    yes("{ less_than: 2s }", json!(1999));
    yes("{ more_than: \"2026-06-14T10:00:00+02:00\" }", json!("2026-06-14T09:00:00Z"));
    yes("{ equals: 1 }", json!(1.0));
    no(
        "{ more_than: 1 }",
        json!("x"),
        &["$: expected more than 1 (numbers, instants and lengths of time can be compared), found \"x\""],
    );
}

#[test]
fn templates_in_demands_take_their_values_with_their_types() {
    yes("{ more_than: \"${baseline.calls}\" }", json!(4));
    yes("{ equals: \"${baseline.calls + 2}\" }", json!(5));
    yes("\"ws ${ws}\"", json!("ws w-1"));
    yes("{ \"${ws}\": 1 }", json!({ "w-1": 1 }));
    yes("\"${baseline.list[-1]}\"", json!(20));
    yes("\"${now - 5m}\"", json!("2026-06-14T09:55:00.000000Z"));
}

#[test]
fn formats_and_types_are_demands() {
    yes("uuid", json!("7F9C24E5-2f8a-4b1c-9d3e-5a6b7c8d9e0f"));
    no(
        "uuid",
        json!("7f9c24e52f8a4b1c9d3e5a6b7c8d9e0f"),
        &["$: expected a UUID, found \"7f9c24e52f8a4b1c9d3e5a6b7c8d9e0f\""],
    );
    yes("{ rfc3339: true }", json!("2026-06-14T10:00:00.123+02:00"));
    yes("base64", json!("aGk="));
    yes("{ type: integer }", json!(3));
    yes("{ one_of: [1, two] }", json!("two"));
    yes("{ json_schema: { type: object, required: [a] } }", json!({ "a": 1 }));
    no(
        "{ json_schema: { required: [a] } }",
        json!({}),
        &["$: expected json_schema: \"a\" is a required property, found nothing"],
    );
}

#[test]
fn fields_named_like_matchers_are_said_to_be_fields() {
    yes("{ fields: { type: message, length: 3 } }", json!({ "type": "message", "length": 3 }));
    yes("{ equals: absent }", json!("absent"));
}
