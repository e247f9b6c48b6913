//! The verdict table of expected failures, through all three entrances: the command line, the test binary as
//! `cargo test` runs it, and nextest. One project holds every row of the table, so that no entrance can have a
//! table of its own.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;

use crate::project::Project;

/// A row: name of the replay, what it asks for, its entry's step, text and last day, and the verdict.
const TABLE: [(&str, &str, Option<[&str; 3]>, &str); 10] = [
    ("unlisted-passes", "/200", None, "passed"),
    ("unlisted-fails", "/404", None, "failed"),
    ("right-failure", "/404", Some(["second", "expected equals 200, got 404", FAR]), "xfailed"),
    ("other-step", "/404", Some(["first", "404", FAR]), "failed"),
    ("other-text", "/404", Some(["second", "got 500", FAR]), "failed"),
    ("passes", "/200", Some(["second", "404", FAR]), "xpassed"),
    ("expired", "/404", Some(["second", "404", "2026-01-02"]), "failed"),
    ("expired-and-passes", "/200", Some(["second", "404", "2026-01-02"]), "failed"),
    ("broken", BROKEN, Some(["second", "refused", FAR]), "broken"),
    ("skipped", SKIPPED, Some(["second", "404", FAR]), "skipped"),
];
const FAR: &str = "2999-01-01";
const BROKEN: &str = "broken";
const SKIPPED: &str = "skipped";

/// Three that may never be listed: their entries do not help them, and the list itself is a case that fails.
const NEVER: [&str; 3] = ["canary-smoke-a2a-pong", "tenant-isolation", "per-tenant-independence"];
const LIST: &str = "xfail::list::is-sound";

fn project() -> Project {
    let project = Project::new();
    let mut list = "xfail:\n".to_owned();
    for (name, path, entry, _) in TABLE {
        match path {
            BROKEN => project.file(&format!("replays/a/{name}.yaml"), &without_server("given")),
            SKIPPED => {
                let text =
                    without_server("steps").replace("topology: none\n", "topology: none\nneeds: [moon]\n");
                project.file(&format!("replays/a/{name}.yaml"), &text)
            }
            path => project.replay(name, path),
        };
        if let Some([step, text, expires]) = entry {
            list += &listed(name, step, text, expires);
        }
    }
    for name in NEVER {
        project.replay(name, "/404");
        list += &listed(name, "second", "404", FAR);
    }
    list += &listed("nowhere", "second", "404", FAR);
    project.file("replays/xfail.yaml", &list);
    project
}

/// A replay whose first step, in this phase, asks a server that is not there.
fn without_server(phase: &str) -> String {
    let step = "  - name: asks\n    http: { get: \"http://127.0.0.1:1/\" }\n    expect: { status: 200 }\n";
    let second = step.replace("asks", "second");
    match phase {
        "given" => format!("replay: x\ntopology: none\ngiven:\n{step}steps:\n{second}"),
        _ => format!("replay: x\ntopology: none\nsteps:\n{second}"),
    }
}

fn listed(replay: &str, step: &str, text: &str, expires: &str) -> String {
    format!(
        "  - replay: {replay}\n    issue: \"#2863\"\n    reason: \"product bug: known\"\n    since: 2026-01-01\n    \
         owner: registry\n    expires: {expires}\n    expected_step: {step}\n    expected_text: \"{text}\"\n    \
         unxfail_when: [fixed]\n"
    )
}

/// Every case and its verdict.
fn wanted() -> BTreeMap<String, &'static str> {
    let table = TABLE.iter().map(|(name, _, _, verdict)| (format!("replay::a::{name}"), *verdict));
    let never = NEVER.iter().map(|name| (format!("replay::a::{name}"), "failed"));
    table.chain(never).chain([(LIST.to_owned(), "failed")]).collect()
}

/// Ledger: HARN-011, HARN-012, HARN-013, PROV-116.
#[test]
fn the_command_line_gives_every_verdict_of_the_table() {
    let project = project();
    let said = project.harness(&["run", "--report", "json=run.json"]);
    assert_eq!(said.code, 1, "{said:?}");
    assert_eq!(
        said.summary(),
        "1 passed, 9 failed, 1 broken, 1 xfailed (#2863), 1 xpassed (#2863), 1 skipped"
    );
    let mut seen = BTreeMap::new();
    for line in said.out.lines() {
        let mut words = line.split_whitespace();
        let (Some(badge), Some(_took), Some(case)) = (words.next(), words.next(), words.next()) else {
            continue;
        };
        let verdict = match badge {
            "PASS" => "passed",
            "FAIL" => "failed",
            "BROKEN" => "broken",
            "XFAIL" => "xfailed",
            "XPASS" => "xpassed",
            "SKIPPED" => "skipped",
            _ => continue,
        };
        if case.contains("::") {
            seen.insert(case.to_owned(), verdict);
        }
    }
    assert_eq!(seen, wanted(), "{said:?}");
}

/// What a test binary can say of a verdict: a red one fails and tells its class, the others pass or are ignored.
fn as_test(verdict: &str) -> &'static str {
    match verdict {
        "passed" | "xfailed" => "ok",
        "skipped" => "ignored",
        _ => "FAILED",
    }
}

/// Ledger: HARN-011, HARN-012, HARN-013, PROV-116.
#[test]
fn cargo_test_gives_every_verdict_of_the_table() {
    let project = project();
    let output = Command::new(suites()).env("HARNESS_PROJECT", project.root()).output().unwrap();
    let out = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(101), "{out}");
    let seen: BTreeMap<_, _> = out.lines().filter_map(libtest_line).collect();
    let expected: BTreeMap<_, _> =
        wanted().into_iter().map(|(case, verdict)| (case, as_test(verdict))).collect();
    assert_eq!(
        seen.iter().map(|(k, v)| (k.clone(), v.as_str())).collect::<BTreeMap<_, _>>(),
        expected,
        "{out}"
    );
    assert!(out.contains("XPASSED #2863 passes now: remove the entry"), "{out}");
    assert!(out.contains("BROKEN"), "{out}");
    assert!(out.contains("XFAIL replay::a::right-failure #2863: product bug: known"), "{out}");
}

/// `test NAME ... ok`.
fn libtest_line(line: &str) -> Option<(String, String)> {
    let (name, verdict) = line.strip_prefix("test ")?.split_once(" ... ")?;
    Some((name.trim().to_owned(), verdict.split([',', ' ']).next()?.to_owned()))
}

#[test]
fn a_test_binary_announces_what_it_runs_and_one_process_of_many_keeps_no_log() {
    let project = Project::new();
    project.replay("one", "/200").replay("two", "/404");
    let mut tests = Command::new(suites());
    tests.env("HARNESS_PROJECT", project.root()).env_remove("NEXTEST_EXECUTION_MODE").arg("one");
    assert!(tests.status().unwrap().success());
    let listed = || project.harness(&["show", "--list"]).out.lines().count();
    assert_eq!(listed(), 1);
    let said = project.harness(&["list", "--last-failed"]);
    assert!(said.err.contains("everything was green"), "what was not asked for did not fail: {said:?}");
    assert!(tests.env("NEXTEST_EXECUTION_MODE", "process-per-test").status().unwrap().success());
    assert_eq!(listed(), 1, "a process for one case is no run");
}

/// Ledger: HARN-011, HARN-012, HARN-013, PROV-116.
#[test]
fn nextest_gives_every_verdict_of_the_table() {
    if Command::new("cargo-nextest").arg("--version").output().is_err() {
        println!("NOT RUN: cargo-nextest is not installed; .ci/run names it in what did not run");
        return;
    }
    let project = project();
    let output = nextest(&project).env("HARNESS_PROJECT", project.root()).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(100), "{told}");
    let mut seen = BTreeMap::new();
    for line in told.lines() {
        let words: Vec<_> = line.split_whitespace().collect();
        if let (Some(word @ (&"PASS" | &"FAIL")), Some(case)) = (words.first(), words.last())
            && case.contains("::")
        {
            seen.insert((*case).to_owned(), *word);
        }
    }
    // A test that ends as ignored passes, for nextest; its output says that it was not run.
    let word = |verdict: &str| if as_test(verdict) == "FAILED" { "FAIL" } else { "PASS" };
    let expected: BTreeMap<_, _> =
        wanted().into_iter().map(|(case, verdict)| (case, word(verdict))).collect();
    assert_eq!(seen, expected, "{told}");
}

/// The test binary of the suites, built beside this one.
fn suites() -> PathBuf {
    let own = std::env::current_exe().unwrap();
    let folder = own.parent().unwrap();
    let files = std::fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path());
    let suites = files.filter(|path| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        name.starts_with("suites-") && path.extension().is_none()
    });
    let newest = suites.max_by_key(|path| path.metadata().and_then(|meta| meta.modified()).ok());
    newest.expect("build it first: cargo test -p harness --test suites --no-run")
}

/// Nextest on the binary that is there: nothing is built, the package around it is a shell.
fn nextest(project: &Project) -> Command {
    project.file(
        "Cargo.toml",
        "[package]\nname = \"tiny\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n",
    );
    project.file("src/lib.rs", "");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut metadata = Command::new(cargo);
    clean(&mut metadata, project.root()).args(["metadata", "--format-version", "1", "--offline"]);
    let metadata = metadata.output().unwrap();
    assert!(metadata.status.success(), "{}", String::from_utf8_lossy(&metadata.stderr));
    let parsed: serde_json::Value = serde_json::from_slice(&metadata.stdout).unwrap();
    let binary = json!({
        "binary-id": "tiny::suites", "binary-name": "suites", "kind": "test", "build-platform": "target",
        "package-id": parsed["packages"][0]["id"], "binary-path": suites(),
    });
    let binaries = json!({
        "rust-build-meta": {
            "target-directory": parsed["target_directory"], "base-output-directories": ["debug"],
            "non-test-binaries": {}, "build-script-out-dirs": {}, "linked-paths": [],
        },
        "rust-binaries": { "tiny::suites": binary },
    });
    project.file("metadata.json", &String::from_utf8_lossy(&metadata.stdout));
    project.file("binaries.json", &binaries.to_string());
    let mut nextest = Command::new("cargo-nextest");
    clean(&mut nextest, project.root()).args([
        "nextest",
        "run",
        "--cargo-metadata",
        "metadata.json",
        "--binaries-metadata",
        "binaries.json",
        "--no-fail-fast",
        "--color",
        "never",
    ]);
    nextest
}

/// Without what this very test was started with: a test inside a test is a run of its own.
fn clean<'a>(command: &'a mut Command, folder: &Path) -> &'a mut Command {
    for (name, _) in
        std::env::vars().filter(|(name, _)| name.starts_with("NEXTEST") || name.starts_with("CARGO_"))
    {
        command.env_remove(name);
    }
    command.current_dir(folder).env_remove("CI")
}
