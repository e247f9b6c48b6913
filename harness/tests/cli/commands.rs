//! Commands that choose, list, write and check.

use crate::project::Project;

/// Ledger: HARN-129.
#[test]
fn a_file_dropped_into_the_folder_runs_in_the_suite_and_alone_by_name() {
    let project = Project::new();
    project.replay("one", "/200");
    assert_eq!(project.harness(&["list"]).out, "replay::a::one\n");
    project.replay("two", "/404");
    assert_eq!(project.harness(&["list"]).out, "replay::a::one\nreplay::a::two\n");
    assert_eq!(project.harness(&["run"]).code, 1);
    let alone = project.harness(&["run", "--exact", "one"]);
    assert_eq!(
        (alone.code, alone.summary()),
        (0, "1 passed, 0 failed, 0 broken, 0 xfailed, 0 xpassed, 0 skipped")
    );
    assert!(alone.out.contains("not run 1 other cases"), "{}", alone.out);
}

/// Ledger: HARN-129.
#[test]
fn a_wrong_name_is_wrong_usage_and_not_an_empty_green_run() {
    let project = Project::new();
    project.replay("tenant-isolation", "/200");
    let said = project.harness(&["run", "tenant-isolaton"]);
    assert_eq!(said.code, 2);
    assert!(said.err.contains("did you mean") && said.err.contains("tenant-isolation"), "{}", said.err);
    assert_eq!(project.harness(&["run", "--tag", "nothing"]).code, 2);
    assert_eq!(project.harness(&["list", "nothing"]).code, 2);
    assert_eq!(project.harness(&["run", "--unheard-of"]).code, 2);
    assert_eq!(Project::new().harness(&["run"]).code, 2, "a project without cases");
}

#[test]
fn a_folder_that_is_no_project_is_told_with_the_fix() {
    let project = Project::new();
    std::fs::remove_dir_all(project.root().join("replays")).unwrap();
    let said = project.harness(&["list"]);
    assert_eq!(said.code, 2);
    assert!(said.err.contains("--project"), "{}", said.err);
}

#[test]
fn a_shuffled_order_is_told_and_can_be_repeated_and_ci_shuffles() {
    let project = Project::new();
    for number in 10..30 {
        project.replay(&format!("r{number}"), "/200");
    }
    let order = |out: &str| -> Vec<String> {
        let log = std::fs::read_dir(project.root().join(".harness/runs")).unwrap();
        let newest = log.map(|entry| entry.unwrap().path()).max().unwrap();
        let first = std::fs::read_to_string(newest).unwrap();
        let started: serde_json::Value = serde_json::from_str(first.lines().next().unwrap()).unwrap();
        assert_eq!(out.contains("shuffled with --seed"), !started["seed"].is_null());
        std::fs::remove_dir_all(project.root().join(".harness/runs")).unwrap();
        started["cases"].as_array().unwrap().iter().map(|case| case.as_str().unwrap().to_owned()).collect()
    };
    let sorted = order(&project.harness(&["run"]).out);
    assert!(sorted.is_sorted());
    let seeded = || order(&project.harness(&["run", "--shuffle", "--seed", "4711"]).out);
    let first = seeded();
    assert_eq!(first, seeded());
    assert_ne!(first, sorted);
    let ci = project.harness_with(&["run"], &[("CI", "true")]);
    assert!(ci.out.contains("shuffled with --seed"), "{}", ci.out);
}

#[test]
fn keeping_a_world_up_is_refused_in_ci() {
    let project = Project::new();
    project.replay("one", "/200");
    let said = project.harness_with(&["run"], &[("CI", "true"), ("KEEP_UP", "1")]);
    assert_eq!(said.code, 2);
    assert!(said.err.contains("KEEP_UP"), "{}", said.err);
}

#[test]
fn a_pipe_gets_no_colours_and_no_moving_lines() {
    let project = Project::new();
    project.replay("one", "/404");
    let said = project.harness(&["run"]);
    assert!(!said.out.contains('\u{1b}') && !said.err.contains('\u{1b}'), "{said:?}");
}

#[test]
fn every_command_explains_itself_with_an_example() {
    let project = Project::new();
    let commands =
        ["run", "list", "up", "seed", "down", "new", "lint", "schema", "env", "verify-sha", "completions"];
    for command in commands {
        let said = project.harness(&[command, "--help"]);
        assert_eq!(said.code, 0, "{command}");
        assert!(said.out.contains("Example") && said.out.contains("harness "), "{command}: {}", said.out);
    }
    for shell in ["bash", "zsh", "fish"] {
        assert!(project.harness(&["completions", shell]).out.contains("verify-sha"), "{shell}");
    }
}

#[test]
fn the_lint_tells_every_finding_and_fails() {
    let project = Project::new();
    project.replay("one", "/200").file("replays/a/two.yaml", "replay: x\nstps: []\nclosses: []\n");
    let said = project.harness(&["lint"]);
    assert_eq!(said.code, 1);
    for wanted in ["unknown key `stps`", "unknown key `closses`", "replays/a/two.yaml:2"] {
        assert!(said.out.contains(wanted), "{wanted}: {}", said.out);
    }
    let alone = project.harness(&["lint", "replays/a/one.yaml"]);
    assert!(!alone.out.contains("stps"), "{}", alone.out);
}

#[test]
fn the_schema_is_written_once_and_then_checked() {
    let project = Project::new();
    assert_eq!(project.harness(&["schema", "--check"]).code, 1);
    assert_eq!(project.harness(&["schema"]).code, 0);
    assert_eq!(project.harness(&["schema", "--check"]).code, 0);
}
