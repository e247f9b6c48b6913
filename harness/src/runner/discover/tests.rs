//! Discovery over folders written for the test.

use std::fs;

use harness_model::yaml::{Diagnostics, Source, parse};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::*;

fn project(files: &[(&str, &str)]) -> (TempDir, Project) {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let project = Project::at(folder.path());
    (folder, project)
}

fn names(files: &[(&str, &str)]) -> Vec<String> {
    let (_folder, project) = project(files);
    cases(&project).unwrap().into_iter().map(|case| case.id.0).collect()
}

#[test]
fn every_file_of_an_area_is_a_replay_and_every_row_a_case() {
    let found = names(&[
        ("replays/isolation/tenant-isolation.yaml", "replay: x\n"),
        ("replays/canary/pong.yaml", "replay: x\nmatrix: { tenant: [alpha, beta], big: [true] }\n"),
        ("replays/canary/notes.md", "no replay"),
        ("replays/ledger/harness.yaml", "- id: HARN-001\n"),
        ("replays/parts/seed.yaml", "part: x\n"),
        ("replays/xfail.yaml", "xfail: []\n"),
    ]);
    let expected = [
        "replay::canary::pong::tenant=alpha,big=true",
        "replay::canary::pong::tenant=beta,big=true",
        "replay::isolation::tenant-isolation",
    ];
    assert_eq!(found, expected);
}

#[test]
fn a_file_that_cannot_be_read_is_a_case_and_not_a_gap() {
    let (_folder, project) = project(&[
        ("replays/a/broken.yaml", "replay: [x\n"),
        ("replays/a/empty.yaml", ""),
        ("replays/a/matrix.yaml", "replay: x\nmatrix: 3\n"),
        ("corpus/a2a/valid/cut.json", "{"),
        ("corpus/a2a/malformed.json", "[{\"text\":\"x\"}]"),
    ]);
    let found = cases(&project).unwrap();
    let unreadable: Vec<_> = found
        .iter()
        .filter(|case| matches!(&case.subject, Subject::Unreadable { findings } if !findings.is_empty()))
        .map(|case| case.id.0.as_str())
        .collect();
    let expected = [
        "corpus::a2a::malformed::malformed",
        "corpus::a2a::valid::cut",
        "replay::a::broken",
        "replay::a::empty",
        "replay::a::matrix",
    ];
    assert_eq!(unreadable, expected);
}

#[test]
fn rows_that_look_alike_keep_names_of_their_own() {
    let found = names(&[("replays/a/x.yaml", "replay: x\nmatrix: { v: [a b, a_b, '1', 1] }\n")]);
    assert_eq!(
        found,
        ["replay::a::x::v=1", "replay::a::x::v=1#2", "replay::a::x::v=a_b", "replay::a::x::v=a_b#2"]
    );
}

#[test]
fn corpus_entries_and_goldens_are_found_by_folder() {
    let found = names(&[
        ("corpus/a2a/valid/plain.json", "{}"),
        ("corpus/a2a/judge/valid.yaml", "replay: x\n"),
        ("corpus/a2a/malformed.json", "[{\"name\":\"empty\",\"text\":\"\"}]"),
        ("corpus/a2a/README.md", "# x"),
        ("fixtures/golden/cp/provision_created.json", "{}"),
    ]);
    let expected =
        ["corpus::a2a::malformed::empty", "corpus::a2a::valid::plain", "golden::cp::provision_created"];
    assert_eq!(found, expected);
}

#[test]
fn a_project_without_folders_has_no_cases() {
    assert!(names(&[]).is_empty());
}

fn filled(judge: &str, entry: &Value) -> Result<Value, Vec<String>> {
    let mut diagnostics = Diagnostics::new(Source::new("judge.yaml", judge));
    let root = parse(&mut diagnostics).unwrap();
    let filled = filled_judge(&root, "plain", entry);
    filled.map(|node| node.to_json()).map_err(|errors| errors.into_iter().map(|(_, text)| text).collect())
}

#[test]
fn holes_are_filled_with_the_data_of_the_entry() {
    let entry = json!({ "_expect_status": 400, "_comment": "x", "id": 1, "text": "${not a template}" });
    let judge = "name: { $entry: name }\nbody: { $entry: body }\nlist: [{ $entry: expect_status }]\n\
                 headers: { $entry: headers, else: {} }\n";
    let expected = json!({
        "name": "plain",
        "body": { "id": 1, "text": "$${not a template}" },
        "list": [400],
        "headers": {},
    });
    assert_eq!(filled(judge, &entry).unwrap(), expected);
}

#[test]
fn a_hole_that_nothing_fills_is_an_error_with_its_place() {
    let errors = filled("a: { $entry: nothing }\nb: { $entry: bytes }\n", &json!({})).unwrap_err();
    assert_eq!(errors, ["the entry `plain` has no `_nothing`", "neither `text`, `base64` nor `repeat`"]);
}

#[test]
fn an_expectation_is_literal_but_for_the_uuids_it_leaves_open() {
    let judge = "e: { $entry: expect_forwarded, as: expectation }\n";
    let of = |forwarded: Value| {
        filled(judge, &json!({ "_expect_forwarded": forwarded, "m": 1 })).unwrap()["e"].clone()
    };
    assert_eq!(of(json!("unchanged")), json!({ "equals": { "m": 1 } }));
    assert_eq!(of(json!({ "type": "text" })), json!({ "equals": { "type": "text" } }));
    let open = of(json!({ "id": "<uuid>", "parts": [{ "type": "x" }] }));
    let fields = json!({ "id": { "uuid": true }, "parts": { "equals": [{ "type": "x" }] } });
    assert_eq!(open, json!({ "exact": { "fields": fields } }));
}

#[test]
fn a_malformed_body_is_spelled_in_one_of_three_ways() {
    let bytes = |entry: Value| filled("b: { $entry: bytes }\n", &entry).map(|filled| filled["b"].clone());
    assert_eq!(bytes(json!({ "text": "hi" })).unwrap(), "aGk=");
    assert_eq!(bytes(json!({ "base64": "aGk=" })).unwrap(), "aGk=");
    assert_eq!(bytes(json!({ "repeat": { "text": "h", "times": 2 } })).unwrap(), "aGg=");
    assert!(bytes(json!({ "base64": "!" })).is_err());
}
