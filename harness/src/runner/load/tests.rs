//! Loading from folders written for the test.

use std::fs;

use serde_json::json;

use super::*;
use crate::runner::select::Choosable as _;

fn loader(files: &[(&str, &str)]) -> (tempfile::TempDir, Loader) {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let loader = Loader::new(Project::at(folder.path()));
    (folder, loader)
}

const TOPOLOGY: (&str, &str) = (
    "fixtures/topologies/two-tenants.yaml",
    "topology: two-tenants\nservices: { echo: { echo: { log: /log } } }\nidentities: { anyone: { via: echo } }\n",
);
const GOOD: &str =
    "replay: it answers\nsteps:\n  - http: { as: anyone, get: / }\n    expect: { status: 200 }\n";

fn wrong(files: &[(&str, &str)], name: &str) -> String {
    let (_folder, loader) = loader(files);
    let cases = crate::runner::discover::cases(loader.project()).unwrap();
    let case = cases.iter().find(|case| case.id().0.ends_with(name)).unwrap();
    match loader.load(case) {
        Loaded::Wrong(findings) => findings,
        Loaded::Replay(_) | Loaded::Golden { .. } => String::new(),
    }
}

#[test]
fn a_sound_replay_is_ready() {
    assert_eq!(wrong(&[TOPOLOGY, ("replays/a/x.yaml", GOOD)], "x"), "");
}

#[test]
fn a_replay_whose_topology_is_missing_is_not_started() {
    let findings = wrong(&[("replays/a/x.yaml", GOOD)], "x");
    assert!(findings.contains("fixtures/topologies/two-tenants.yaml: No such file"), "{findings}");
}

#[test]
fn an_identity_that_the_topology_lacks_is_found_before_anything_starts() {
    let text = GOOD.replace("anyone", "anybody");
    let findings = wrong(&[TOPOLOGY, ("replays/a/x.yaml", text.as_str())], "x");
    assert!(findings.contains("anybody") && findings.contains("replays/a/x.yaml:3"), "{findings}");
}

#[test]
fn a_part_of_a_part_is_read_too_and_its_errors_are_told() {
    let replay = "replay: x\nsteps:\n  - use: { part: replays/parts/a.yaml }\n  - http: { as: anyone, get: / }\n    \
                  expect: { status: 200 }\n";
    let a = "part: a\nsteps:\n  - use: { part: replays/parts/b.yaml }\n";
    let files = [
        TOPOLOGY,
        ("replays/a/x.yaml", replay),
        ("replays/parts/a.yaml", a),
        ("replays/parts/b.yaml", "part: b\nstps: []\n"),
    ];
    let findings = wrong(&files, "x");
    assert!(findings.contains("replays/parts/b.yaml") && findings.contains("stps"), "{findings}");
}

#[test]
fn a_corpus_entry_without_a_judge_is_red() {
    let findings = wrong(&[("corpus/a2a/valid/plain.json", "{}")], "plain");
    assert!(findings.contains("corpus/a2a/judge/valid.yaml"), "{findings}");
}

#[test]
fn a_judge_is_checked_with_its_holes_filled() {
    let (_folder, loader) = loader(&[TOPOLOGY]);
    let judge = "replay: x\nsteps:\n  - http: { as: anyone, get: / }\n    expect: { status: { $entry: expect_status } }\n";
    let check = |entry| loader.check_judge(Source::new("judge.yaml", judge), "plain", &entry);
    assert!(check(json!({ "_expect_status": 400 })).is_sound());
    let findings = check(json!({})).findings();
    assert!(findings.contains("has no `_expect_status`") && findings.contains("judge.yaml:4"), "{findings}");
}
