//! Commands that choose, list, write and check.

use crate::project::{Project, said};

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
    let commands = [
        "run",
        "list",
        "up",
        "seed",
        "down",
        "new",
        "lint",
        "ledger",
        "show",
        "diff",
        "explain",
        "watch",
        "schema",
        "env",
        "verify-sha",
        "completions",
    ];
    for command in commands {
        let said = project.harness(&[command, "--help"]);
        assert_eq!(said.code, 0, "{command}");
        assert!(said.out.contains("Example") && said.out.contains("harness "), "{command}: {}", said.out);
    }
}

/// What bash offers for a line whose last word is being typed.
fn completed(project: &Project, line: &str) -> Vec<String> {
    let script = format!(
        "source <(\"$1\" completions bash); COMP_WORDS=({line}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); \
         COMP_TYPE=9; _clap_complete_harness harness \"${{COMP_WORDS[COMP_CWORD]}}\"; printf '%s\\n' \"${{COMPREPLY[@]}}\""
    );
    let mut bash = std::process::Command::new("bash");
    bash.current_dir(project.root()).args(["-c", &script, "bash", env!("CARGO_BIN_EXE_harness")]);
    let output = bash.output().unwrap();
    String::from_utf8_lossy(&output.stdout).lines().map(|line| line.trim().to_owned()).collect()
}

#[test]
fn a_shell_completes_what_the_project_holds_at_that_moment() {
    let project = Project::new();
    project.replay("tenant-isolation", "/200").replay("chat-history", "/200");
    let text = std::fs::read_to_string(project.root().join("replays/a/chat-history.yaml")).unwrap();
    project.file("replays/a/chat-history.yaml", &format!("{text}closes: [\"#2863\"]\ntags: [canary]\n"));
    project.file("replays/a/tenant-part.yaml", "replay: x\nmatrix: { tenant: [alpha, beta] }\nsteps: []\n");
    project.harness(&["run", "chat-history"]);
    let lines: [(&str, &[&str]); 8] = [
        ("harness verif", &["verify-sha"]),
        ("harness run --last", &["--last-failed"]),
        ("harness run ten", &["tenant-isolation", "tenant-part"]),
        ("harness list --area ''", &["a"]),
        ("harness run --tag c", &["canary"]),
        ("harness run --closes 28", &["2863"]),
        ("harness show la", &["last"]),
        ("harness judge replays/a/ch", &["replays/a/chat-history.yaml"]),
    ];
    for (line, wanted) in lines {
        assert_eq!(completed(&project, line), wanted, "{line}");
    }
    assert!(completed(&project, "harness show r-")[0].starts_with("r-20"));
    for shell in ["zsh", "fish", "elvish", "powershell"] {
        let said = project.harness(&["completions", shell]);
        assert!(said.code == 0 && said.out.contains(env!("CARGO_BIN_EXE_harness")), "{said:?}");
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

/// Ledger: HARN-136.
#[test]
fn the_page_of_all_replays_says_what_each_closes_and_proves_and_is_told_when_stale() {
    let project = Project::new();
    project.file(
        "replays/shop/lost-order.yaml",
        "replay: an order | is never lost\ncloses: ['#7']\ntopology: none\nsteps:\n  - let: { a: 1 }\n    expect: { equals: { a: 1 } }\n",
    );
    let page = project.root().join("page.md");
    let args = ["list", "--page", page.to_str().unwrap()];
    assert_eq!(project.harness(&args).code, 0);
    let text = std::fs::read_to_string(&page).unwrap();
    let row = "| [lost-order](../replays/shop/lost-order.yaml) | #7 | an order \\| is never lost |  |  |";
    assert!(text.contains("## shop") && text.contains(row), "{text}");
    let check = [args[0], args[1], args[2], "--check"];
    assert_eq!(project.harness(&check).code, 0);
    project.replay("another", "/200");
    let stale = project.harness(&check);
    assert_eq!((stale.code, std::fs::read_to_string(&page).unwrap()), (1, text));
    assert!(stale.out.contains("is stale: `harness list --page"), "{}", stale.out);
}

#[test]
fn a_run_is_chosen_by_file_and_line_by_issue_and_by_what_failed_last() {
    let project = Project::new();
    project.replay("good", "/200").replay("bad", "/404");
    let text = std::fs::read_to_string(project.root().join("replays/a/bad.yaml")).unwrap();
    project.file("replays/a/bad.yaml", &format!("{text}closes: [\"#2863\"]\n"));
    assert_eq!(project.harness(&["run", "--last-failed"]).code, 2, "nothing ran yet");
    let one = |args: &[&str]| project.harness(&[&["list"], args].concat()).out;
    assert_eq!(one(&["replays/a/good.yaml"]), "replay::a::good\n");
    assert_eq!(one(&["replays/a/bad.yaml:3"]), "replay::a::bad\n");
    assert_eq!(one(&["--closes", "2863"]), "replay::a::bad\n");
    assert_eq!(one(&["--closes", "#2863", "good", "bad"]), "replay::a::bad\n");
    assert_eq!(one(&["replays/a/good.yaml", "bad"]).lines().count(), 2, "files and names add up");
    for wrong in [["list", "replays/a/bad.yaml:300"], ["list", "replays/a/gone.yaml"], ["list", "--closes=1"]]
    {
        assert_eq!(project.harness(&wrong).code, 2, "{wrong:?}");
    }
    assert_eq!(project.harness(&["run"]).code, 1);
    assert_eq!(one(&["--last-failed"]), "replay::a::bad\n");
    project.replay("bad", "/200");
    assert_eq!(project.harness(&["run", "--last-failed"]).code, 0);
    let said = project.harness(&["run", "--last-failed"]);
    assert!(said.code == 2 && said.err.contains("everything was green in the last run"), "{}", said.err);
}

#[test]
fn a_word_of_the_language_is_explained() {
    let project = Project::new();
    let said = project.harness(&["explain", "eventually"]);
    assert!(said.code == 0 && said.out.contains("repeated until"), "{said:?}");
    assert!(project.harness(&["explain", "matchers"]).out.contains("starts_with"));
    assert_eq!(project.harness(&["explain", "contians"]).code, 2);
}

#[test]
fn the_lint_lists_its_rules_and_speaks_to_programs() {
    let project = Project::new();
    project.replay("one", "/200").file("replays/a/two.yaml", "replay: x\nstps: []\n");
    let rules = project.harness(&["lint", "--rules"]);
    assert_eq!(rules.code, 0);
    assert!(rules.out.lines().any(|line| line.starts_with("unused-capture ")), "{}", rules.out);
    let said = project.harness(&["lint", "--json"]);
    assert_eq!(said.code, 1);
    let report: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    let findings = report["findings"].as_array().unwrap();
    let shape = findings.iter().find(|finding| finding["message"] == "a replay: unknown key `stps`").unwrap();
    assert_eq!(
        (&shape["file"], &shape["line"], &shape["column"]),
        (&"replays/a/two.yaml".into(), &2.into(), &1.into())
    );
    assert_eq!((&shape["rule"], &shape["fix"]), (&"language".into(), &"did you mean `steps`?".into()));
    assert!(findings.iter().any(|finding| finding["rule"] == "witness"), "{report}");
}

#[test]
fn the_ledger_counts_rows_against_a_run_and_fails_on_a_row_that_is_not_there() {
    let project = Project::new();
    project
        .replay("one", "/200")
        .file("replays/ledger/edge.yaml", "- { id: EDGE-1, title: a, level: replay }\n");
    let text = std::fs::read_to_string(project.root().join("replays/a/one.yaml")).unwrap();
    project.file("replays/a/one.yaml", &format!("{text}ledger: [EDGE-01]\n"));
    assert_eq!(project.harness(&["run"]).code, 0);
    let log =
        std::fs::read_dir(project.root().join(".harness/runs")).unwrap().next().unwrap().unwrap().path();
    let said = project.harness(&["ledger", "--json", "--against-run", log.to_str().unwrap()]);
    assert_eq!(said.code, 0, "{said:?}");
    let figures: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(
        figures["total"],
        serde_json::json!({ "area": "all", "rows": 1, "covered": 1, "passing": 1, "uncovered": 0 })
    );

    project.file("replays/ledger/edge.yaml", "- { id: EDGE-2, title: b, level: unit }\n");
    let said = project.harness(&["ledger", "--uncovered", "--area", "EDGE"]);
    assert_eq!(said.code, 1);
    assert!(said.out.contains("EDGE-2  b"), "{}", said.out);
    assert!(said.err.contains("no row `EDGE-01`") && said.err.contains("one.yaml:10"), "{}", said.err);
    assert_eq!(project.harness(&["ledger", "--area", "NONE"]).code, 2);
}

/// What a command earns does not depend on whether anybody reads it to its end, as in `harness list | head -1`.
#[test]
fn a_reader_who_leaves_changes_nothing_but_what_is_read() {
    let project = Project::new();
    project.replay("one", "/200").replay("two", "/404");
    project.file("replays/ledger/edge.yaml", "- { id: EDGE-1, title: a, level: replay }\n");
    assert_eq!(project.harness(&["run"]).code, 1);
    let commands = [
        "--help",
        "list",
        "list --page page.md --check",
        "lint",
        "lint --rules",
        "lint --json",
        "ledger",
        "explain",
        "explain status",
        "schema --print",
        "completions bash",
        "show",
        "show --list",
        "diff last last",
        "judge last",
        "run",
        "stress one --times 2",
        "run nothing-of-this-name",
    ];
    for line in commands {
        let args: Vec<&str> = line.split(' ').collect();
        let read = project.harness(&args).code;
        let (reader, out) = std::io::pipe().unwrap();
        drop(reader);
        let unread = said(&project.command(&args, &[]).stdout(out).output().unwrap());
        assert_eq!(unread.code, read, "{line}: {unread:?}");
        assert!(!unread.err.contains("panicked") && !unread.err.contains("ipe"), "{line}: {unread:?}");
        // Nor does it need anybody to hear what it complains of.
        let (reader, deaf) = std::io::pipe().unwrap();
        drop(reader);
        let unheard = said(&project.command(&args, &[]).stderr(deaf).output().unwrap());
        assert_eq!(unheard.code, read, "{line}: {unheard:?}");
    }
}
