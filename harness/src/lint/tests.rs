//! Each rule is shown to trip.

use std::fs;
use std::process::Command;

use super::*;

const TOPOLOGY: &str = "topology: two-tenants\nservices: { echo: { echo: { log: /log } } }\nidentities: { anyone: { via: echo } }\n";
const GOOD: &str = "replay: it answers\nledger: [HARN-001]\nsteps:\n  - name: answers\n    \
    http: { as: anyone, get: / }\n    expect: { status: 200, text: ok }\nwitness:\n  - name: it is not there\n    \
    env: { echo: { X: y } }\n    red_at: answers\n";
const ENTRY: &str = "xfail:\n  - replay: x\n    issue: '#1'\n    reason: r\n    since: 2026-01-01\n    owner: o\n    \
    expires: 2999-01-01\n    expected_step: answers\n    expected_text: t\n    unxfail_when: [w]\n";

struct Written(tempfile::TempDir);

fn written(files: &[(&str, &str)]) -> Written {
    let folder = tempfile::tempdir().unwrap();
    let base = [
        ("fixtures/topologies/two-tenants.yaml", TOPOLOGY),
        ("replays/ledger/harness.yaml", "- id: HARN-001\n  title: x\n  level: unit\n"),
        ("replays/a/x.yaml", GOOD),
        ("replays/xfail.yaml", "xfail: []\n"),
    ];
    for (path, text) in base.iter().chain(files) {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    Written(folder)
}

impl Written {
    fn project(&self) -> Project {
        Project::at(self.0.path())
    }

    fn refused(&self) -> Vec<String> {
        let report = project(&self.project()).unwrap();
        let refused = report.findings.into_iter().filter(|finding| finding.weight == Weight::Refused);
        refused.map(|finding| anstream::adapter::strip_str(&finding.text).to_string()).collect()
    }

    fn git(&self, args: &[&str]) {
        let who = ["-c", "user.name=x", "-c", "user.email=x@example.com"];
        let git = Command::new("git").arg("-C").arg(self.0.path()).args(who).args(args).output().unwrap();
        assert!(git.status.success(), "{}", String::from_utf8_lossy(&git.stderr));
    }
}

#[test]
fn a_sound_project_has_no_finding() {
    assert_eq!(written(&[]).refused(), Vec::<String>::new());
}

#[test]
fn a_ledger_id_that_is_not_there_is_found_with_its_place() {
    let text = GOOD.replace("HARN-001", "HARN-1");
    assert!(written(&[("replays/a/x.yaml", &text)]).refused().is_empty(), "zeros do not matter");
    let text = GOOD.replace("HARN-001", "HARN-009");
    let refused = written(&[("replays/a/x.yaml", &text)]).refused();
    assert_eq!(refused.len(), 1);
    assert!(refused[0].contains("no row `HARN-009`") && refused[0].contains("x.yaml:2:10"), "{}", refused[0]);
}

/// Ledger: HARN-013.
#[test]
fn a_list_that_names_an_unknown_replay_is_refused_at_its_line() {
    let list = ENTRY.replace("replay: x", "replay: y");
    let refused = written(&[("replays/xfail.yaml", &list)]).refused();
    assert_eq!(refused.len(), 1);
    assert!(
        refused[0].contains("`y` is not a replay") && refused[0].contains("xfail.yaml:2"),
        "{}",
        refused[0]
    );
    assert!(written(&[("replays/xfail.yaml", ENTRY)]).refused().is_empty());
}

#[test]
fn every_broken_file_is_told_at_once() {
    let refused = written(&[
        ("replays/a/y.yaml", "replay: y\nstps: []\n"),
        ("replays/parts/p.yaml", "part: p\nsteps: 3\n"),
        ("fixtures/topologies/other.yaml", "topology: other\n"),
    ])
    .refused()
    .join("\n");
    for file in ["replays/a/y.yaml", "replays/parts/p.yaml", "fixtures/topologies/other.yaml"] {
        assert!(refused.contains(file), "{file} in {refused}");
    }
}

/// Ledger: HARN-014.
#[test]
fn the_list_of_expected_failures_may_only_shrink_unless_labelled() {
    let written = written(&[]);
    written.git(&["init", "-q"]);
    written.git(&["add", "."]);
    written.git(&["commit", "-qm", "base"]);
    let weights = |may_grow| {
        let report = xfail_growth(&written.project(), "HEAD", may_grow).unwrap();
        report.findings.into_iter().map(|finding| finding.weight).collect::<Vec<_>>()
    };
    assert!(weights(false).is_empty());
    fs::write(written.0.path().join("replays/xfail.yaml"), ENTRY).unwrap();
    assert_eq!(weights(false), [Weight::Refused]);
    assert_eq!(weights(true), [Weight::Warning]);
    assert!(xfail_growth(&written.project(), "nowhere", false).is_err());
}

#[test]
fn two_replays_that_cannot_be_told_apart_are_refused() {
    let refused = written(&[("replays/b/x.yaml", &GOOD.replace("it answers", "it answers, too"))]).refused();
    assert_eq!(refused.len(), 1, "{refused:?}");
    assert!(
        refused[0].contains("replays/a/x.yaml is named `x`, too") && refused[0].contains("[duplicate-name]")
    );
    let refused = written(&[("replays/b/y.yaml", GOOD)]).refused();
    assert_eq!(refused.len(), 1, "{refused:?}");
    assert!(refused[0].contains("replays/a/x.yaml says the same sentence"), "{}", refused[0]);
}

/// Ledger: HARN-014.
#[test]
fn a_replay_that_hides_a_skip_or_an_early_exit_is_refused() {
    let hidden = ["# TODO: the second half", "# skip this until #1 is in", "#  - name: half", "# early exit"];
    for marker in hidden {
        let refused = written(&[("replays/a/x.yaml", &format!("{GOOD}{marker}\n"))]).refused();
        assert_eq!(refused.len(), 1, "{marker}: {refused:?}");
        assert!(refused[0].contains("[skip-marker]") && refused[0].contains("x.yaml:11:"), "{}", refused[0]);
    }
    let fine =
        ["# What production has and a local run skips.", "# The name: of the agent.", "# expected: red"];
    for comment in fine {
        let refused = written(&[("replays/a/x.yaml", &format!("{GOOD}{comment}\n"))]).refused();
        assert!(refused.is_empty(), "{comment}: {refused:?}");
    }
}

/// What a part leaves to the one that uses it has the name it has, unless it is renamed.
#[test]
fn a_part_knows_the_outputs_of_the_parts_it_uses() {
    let inner = ("replays/parts/inner.yaml", "part: inner\noutputs: [ws]\nsteps:\n  - let: { ws: one }\n");
    let outer = |output: &str| {
        let steps = "steps:\n  - use: { part: replays/parts/inner.yaml }\n";
        format!("part: outer\noutputs: [{output}]\n{steps}")
    };
    let uses = GOOD.replace("steps:\n", "given:\n  - use: { part: replays/parts/outer.yaml }\nsteps:\n");
    let told = |output| {
        let outer = outer(output);
        written(&[inner, ("replays/parts/outer.yaml", &outer), ("replays/a/x.yaml", &uses)]).refused()
    };
    assert_eq!(told("ws"), Vec::<String>::new());
    let wrong = told("wz");
    assert_eq!(wrong.len(), 1, "{wrong:?}");
    assert!(wrong[0].contains("the output `wz` has no value"), "{wrong:?}");
}

#[test]
fn a_status_alone_and_a_look_without_a_demand_are_refused() {
    let alone = GOOD.replace("status: 200, text: ok", "status: 200");
    let silent = GOOD.replace("    expect: { status: 200, text: ok }\n", "");
    for (text, found) in [(alone, "a status alone"), (silent, "the step expects nothing")] {
        let refused = written(&[("replays/a/x.yaml", &text)]).refused();
        let weak: Vec<_> = refused.iter().filter(|finding| finding.contains("[weak-expectation]")).collect();
        assert!(weak.len() == 1 && weak[0].contains(found), "{refused:?}");
    }
    for status in ["204", "304"] {
        let bare = GOOD.replace("status: 200, text: ok", &format!("status: {status}"));
        assert!(written(&[("replays/a/x.yaml", &bare)]).refused().is_empty(), "{status} has no body");
    }
}
