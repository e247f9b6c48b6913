//! Verdicts, summary and exit codes of whole runs.

use crate::project::{Project, Said};

fn listed(replay: &str, step: &str, text: &str, expires: &str) -> String {
    format!(
        "xfail:\n  - replay: {replay}\n    issue: \"#2863\"\n    reason: \"product bug: known\"\n    since: 2026-01-01\n    \
         owner: registry\n    expires: {expires}\n    expected_step: {step}\n    expected_text: \"{text}\"\n    \
         unxfail_when: [fixed]\n"
    )
}

const GOOD_UNTIL: &str = "2999-01-01";

fn run(replay_path: &str, list: &str) -> Said {
    let project = Project::new();
    project.replay("good", "/200").replay("known", replay_path).file("replays/xfail.yaml", list);
    project.harness(&["run"])
}

/// Ledger: HARN-017.
#[test]
fn a_failing_and_an_unreadable_replay_make_the_run_red_and_all_others_run() {
    let project = Project::new();
    project.replay("a-good", "/200").replay("m-bad", "/404").replay("z-good", "/200");
    project.file("replays/a/k-unreadable.yaml", "replay: x\nstps: []\n");
    let said = project.harness(&["run"]);
    assert_eq!(said.code, 1, "{said:?}");
    assert_eq!(said.summary(), "2 passed, 2 failed, 0 broken, 0 xfailed, 0 xpassed, 0 skipped");
    assert!(said.out.contains("PASS") && said.out.contains("replay::a::z-good"));
    assert!(said.out.contains("unknown key `stps`"), "{}", said.out);
    assert!(said.out.contains("expected equals 200") && said.out.contains("got      404"), "{}", said.out);
    assert!(said.out.contains("curl -i -X GET"));
}

/// Ledger: HARN-011, PROV-116.
#[test]
fn an_expected_failure_runs_to_its_step_and_is_listed_with_its_issue() {
    let said = run("/404", &listed("known", "second", "expected equals 200, got 404", GOOD_UNTIL));
    assert_eq!(said.code, 0, "{said:?}");
    assert_eq!(said.summary(), "1 passed, 0 failed, 0 broken, 1 xfailed (#2863), 0 xpassed, 0 skipped");
    assert!(said.out.contains("XFAIL replay::a::known  #2863: product bug: known"), "{}", said.out);
}

/// Ledger: HARN-012, PROV-116.
#[test]
fn an_entry_that_does_not_fit_what_happened_is_red() {
    let table = [
        (
            "passes",
            "/200",
            listed("known", "second", "404", GOOD_UNTIL),
            "1 passed, 0 failed, 0 broken, 0 xfailed, 1 xpassed (#2863), 0 skipped",
        ),
        (
            "other step",
            "/404",
            listed("known", "first", "404", GOOD_UNTIL),
            "1 passed, 1 failed, 0 broken, 0 xfailed, 0 xpassed, 0 skipped",
        ),
        (
            "other text",
            "/404",
            listed("known", "second", "got 500", GOOD_UNTIL),
            "1 passed, 1 failed, 0 broken, 0 xfailed, 0 xpassed, 0 skipped",
        ),
        (
            "expired",
            "/404",
            listed("known", "second", "404", "2026-01-02"),
            "1 passed, 1 failed, 0 broken, 0 xfailed, 0 xpassed, 0 skipped",
        ),
        (
            "expired and passes",
            "/200",
            listed("known", "second", "404", "2026-01-02"),
            "1 passed, 1 failed, 0 broken, 0 xfailed, 0 xpassed, 0 skipped",
        ),
    ];
    for (name, path, list, summary) in table {
        let said = run(path, &list);
        assert_eq!((said.code, said.summary()), (1, summary), "{name}");
    }
}

/// Ledger: HARN-013.
#[test]
fn a_list_that_names_nothing_or_what_may_never_be_listed_is_red() {
    let said = run("/200", &listed("nowhere", "second", "404", GOOD_UNTIL));
    assert_eq!(said.code, 1);
    assert!(said.out.contains("`nowhere` is not a replay"), "{}", said.out);

    for name in ["canary-smoke-a2a-pong", "tenant-isolation", "per-tenant-independence"] {
        let project = Project::new();
        project.replay(name, "/404").file("replays/xfail.yaml", &listed(name, "second", "404", GOOD_UNTIL));
        let said = project.harness(&["run"]);
        assert_eq!(said.code, 1);
        assert_eq!(said.summary(), "0 passed, 2 failed, 0 broken, 0 xfailed, 0 xpassed, 0 skipped");
        assert!(said.out.contains("may never be an expected failure"), "{}", said.out);
    }
}

#[test]
fn what_cannot_be_judged_is_broken_and_has_its_own_code_even_when_listed() {
    let project = Project::new();
    let text = "replay: x\ntopology: none\ngiven:\n  - http: { get: \"http://127.0.0.1:1/\" }\n    expect: { status: 200 }\n\
                steps:\n  - name: second\n    http: { get: \"http://127.0.0.1:1/\" }\n    expect: { status: 200 }\n";
    project.file("replays/a/known.yaml", text);
    project.file("replays/xfail.yaml", &listed("known", "second", "refused", GOOD_UNTIL));
    let said = project.harness(&["run"]);
    assert_eq!(said.code, 5, "{said:?}");
    assert_eq!(said.summary(), "0 passed, 0 failed, 1 broken, 0 xfailed, 0 xpassed, 0 skipped");
    project.replay("bad", "/404");
    assert_eq!(project.harness(&["run"]).code, 1, "failed wins over broken");
}

#[test]
fn reports_for_machines_tell_the_same_as_the_terminal() {
    let project = Project::new();
    project.replay("good", "/200").replay("bad", "/404");
    let all = "junit=out/junit.xml,json=out/run.json,html=out/run.html,tap=out/run.tap,github=out/summary.md";
    let said = project.harness(&["run", "--report", all]);
    let read = |name: &str| std::fs::read_to_string(project.root().join("out").join(name)).unwrap();
    assert!(read("run.tap").contains("not ok 1 - replay::a::bad\n") && read("run.tap").contains("ok 2 - "));
    assert!(read("run.html").contains("<h1>1 failed</h1>"));
    assert!(read("summary.md").contains("### FAILED: `replay::a::bad`"));
    assert!(said.out.contains("::error file=replays/a/bad.yaml,line=7,col=5,title=FAILED "), "{}", said.out);
    let json = std::fs::read_to_string(project.root().join("out/run.json")).unwrap();
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["summary_line"], format!("Replay summary: {}", said.summary()));
    assert_eq!((json["exit_code"].as_i64(), json["complete"].as_bool()), (Some(1), Some(true)));
    let junit = std::fs::read_to_string(project.root().join("out/junit.xml")).unwrap();
    assert!(junit.contains("tests=\"2\" skipped=\"0\" failures=\"1\" errors=\"0\""), "{junit}");
    let quiet = project.harness(&["run"]);
    assert!(!quiet.out.contains("::error"), "annotations are for GitHub: {}", quiet.out);
    let logs = std::fs::read_dir(project.root().join(".harness/runs")).unwrap().count();
    assert_eq!(logs, 2, "one log per run");
}

#[test]
fn inside_a_workflow_the_annotations_and_the_summary_come_by_themselves() {
    let project = Project::new();
    project.replay("bad", "/404");
    let summary = project.root().join("summary.md");
    let env = [("GITHUB_ACTIONS", "true"), ("GITHUB_STEP_SUMMARY", summary.to_str().unwrap())];
    let said = project.harness_with(&["run"], &env);
    assert!(said.out.contains("::error file=replays/a/bad.yaml"), "{}", said.out);
    assert!(std::fs::read_to_string(&summary).unwrap().contains("| 0 | 1 | 0 | 0 | 0 | 0 |"));
}

/// Ledger: HARN-014.
#[test]
fn the_list_may_only_shrink_against_a_revision_or_a_file_unless_the_change_says_so() {
    let project = Project::new();
    let git = |args: &[&str]| {
        let identity = ["-c", "user.name=t", "-c", "user.email=t@t"];
        let mut command = std::process::Command::new("git");
        let done = command.arg("-C").arg(project.root()).args(identity).args(args).output().unwrap();
        assert!(done.status.success(), "{done:?}");
    };
    let growth = |args: &[&str]| {
        let said = project.harness(&[&["lint", "--xfail-base"], args].concat());
        said.out.lines().find(|line| line.contains("the list may only shrink")).map(str::to_owned)
    };
    let one = listed("known", "second", "404", GOOD_UNTIL);
    let two = one.clone() + listed("other", "second", "404", GOOD_UNTIL).trim_start_matches("xfail:\n");
    project.replay("known", "/404").replay("other", "/404");
    git(&["init", "-q"]);
    git(&["add", "."]);
    git(&["commit", "-qm", "no list yet"]);
    project.file("replays/xfail.yaml", &one).file("one.yaml", &one).file("two.yaml", &two);

    let grown = growth(&["HEAD"]).unwrap();
    assert!(grown.contains("1 expected failures, 0 in HEAD"), "{grown}");
    let said = project.harness(&["lint", "--xfail-base", "HEAD", "replays/xfail.yaml"]);
    assert_eq!(said.code, 1, "{said:?}");
    let said = project.harness(&["lint", "--xfail-base", "HEAD", "--xfail-may-grow", "replays/xfail.yaml"]);
    assert_eq!(said.code, 0, "told, not refused: {said:?}");
    assert!(said.out.contains("the list may only shrink"), "{said:?}");

    git(&["add", "."]);
    git(&["commit", "-qm", "one"]);
    assert_eq!(growth(&["HEAD"]), None);
    project.file("replays/xfail.yaml", &two);
    assert!(growth(&["HEAD"]).is_some() && growth(&["one.yaml"]).is_some());
    assert_eq!(growth(&["two.yaml"]), None);
    let said = project.harness(&["lint", "--xfail-base", "no-such-branch"]);
    assert_eq!((said.code, said.err.contains("cannot read no-such-branch")), (2, true), "{said:?}");
}
