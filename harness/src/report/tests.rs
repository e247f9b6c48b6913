//! Every report, drawn from recorded runs and compared with what a reader saw last time.

use std::path::{Path, PathBuf};

use harness_model::event::{RunEvent, Stamped};

use super::terminal::Terminal;
use super::view::RunView;
use super::{Reporter as _, github, json, junit, log, tap};

fn recorded(name: &str) -> Vec<Stamped> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    log::read(&root.join(format!("fixtures/runs/{name}.jsonl"))).unwrap()
}

fn terminal(name: &str) -> String {
    let mut report = Terminal::plain(Vec::new());
    for event in recorded(name) {
        report.event(&event).unwrap();
    }
    report.finish().unwrap();
    let text = String::from_utf8(report.into_inner()).unwrap();
    anstream::adapter::strip_str(&text).to_string()
}

fn junit(name: &str) -> String {
    junit::render(&RunView::of(&recorded(name))).unwrap()
}

fn json(name: &str) -> String {
    json::render(&RunView::of(&recorded(name))).unwrap()
}

/// Ledger: HARN-011, PROV-116.
#[test]
fn a_green_run_is_short_on_the_terminal() {
    insta::assert_snapshot!(terminal("green"));
}

/// Ledger: HARN-011, PROV-116.
#[test]
fn every_class_is_named_on_the_terminal_and_a_failure_explains_itself() {
    insta::assert_snapshot!(terminal("every-class"));
}

#[test]
fn a_world_that_does_not_come_up_is_reported_with_its_log() {
    insta::assert_snapshot!(terminal("boot-failed"));
}

#[test]
fn junit_tells_failed_from_broken_from_expected() {
    insta::assert_snapshot!(junit("every-class"));
}

#[test]
fn junit_never_calls_a_case_green_that_was_cut_off() {
    insta::assert_snapshot!(junit("cut-off"));
}

#[test]
fn json_carries_every_class_and_every_failure() {
    insta::assert_snapshot!(json("every-class"));
}

#[test]
fn json_says_that_a_run_is_incomplete() {
    insta::assert_snapshot!(json("cut-off"));
}

#[test]
fn tap_tells_failed_from_broken_from_expected() {
    insta::assert_snapshot!(tap::render(&RunView::of(&recorded("every-class"))).unwrap());
}

#[test]
fn tap_bails_out_of_a_run_that_was_cut_off() {
    insta::assert_snapshot!(tap::render(&RunView::of(&recorded("cut-off"))).unwrap());
}

#[test]
fn github_annotates_every_class_on_its_line() {
    insta::assert_snapshot!(github::annotations(&RunView::of(&recorded("every-class"))));
}

#[test]
fn github_summarises_every_class() {
    insta::assert_snapshot!(github::summary(&RunView::of(&recorded("every-class"))));
}

/// A capability that is missing is no detail: a green run without it has proved less.
#[test]
fn every_report_names_what_is_missing_and_what_was_not_run() {
    let events = recorded("every-class");
    let view = RunView::of(&events);
    let reports = [
        ("terminal", terminal("every-class")),
        ("json", json("every-class")),
        ("junit", junit("every-class")),
        ("tap", tap::render(&view).unwrap()),
        ("github", github::summary(&view)),
        ("html", super::html::render(&events).unwrap()),
    ];
    for (name, text) in reports {
        for said in ["containers", "no engine answers at", "variant ssh-stub", "#2781"] {
            assert!(text.contains(said), "{name} does not say {said}:\n{text}");
        }
    }
}

/// Exit code 4 with nothing but green cases: no report may look green then.
#[test]
fn what_is_left_behind_turns_every_report_red() {
    let mut events = recorded("green");
    let Some(RunEvent::RunFinished { summary, .. }) = events.last_mut().map(|last| &mut last.event) else {
        panic!("a complete log");
    };
    summary.leftovers.push("process 4711".into());
    let view = RunView::of(&events);
    let reports = [
        (junit::render(&view).unwrap(), "<error message=\"process 4711\" type=\"left-over\"/>"),
        (tap::render(&view).unwrap(), "not ok 4 - nothing is left behind\n"),
        (github::annotations(&view), "::error title=LEFT OVER::process 4711\n"),
        (github::summary(&view), "### Left over\n\n- process 4711\n"),
        (super::html::render(&events).unwrap(), "<header class=\"red\">\n<h1>Something was left behind</h1>"),
        (json::render(&view).unwrap(), "\"exit_code\": 4"),
    ];
    for (text, says) in reports {
        assert!(text.contains(says), "{says}\n{text}");
    }
}

#[test]
fn the_published_schema_is_fresh_and_every_report_keeps_to_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let stored = std::fs::read_to_string(root.join("docs/report.schema.json")).unwrap_or_default();
    let fresh = json::schema_text().unwrap();
    assert!(stored == fresh, "docs/report.schema.json is stale: `harness schema` writes it");
    let schema = jsonschema::validator_for(&serde_json::from_str(&fresh).unwrap()).unwrap();
    for name in ["green", "every-class", "cut-off", "boot-failed"] {
        let report = serde_json::from_str(&json(name)).unwrap();
        let errors: Vec<_> = schema.iter_errors(&report).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{name}: {errors:?}");
    }
    assert!(!schema.is_valid(&serde_json::json!({ "version": 1 })), "and it demands something");
}

#[test]
fn a_failure_fits_a_screen_however_much_happened() {
    let events = recorded("every-class");
    let mut view = RunView::of(&events);
    let failed = &mut view.cases[0].failures[0].failure;
    failed.mismatches = vec![failed.mismatches[0].clone(); 300];
    failed.logs[0].lines = vec!["a very long line ".repeat(100); 5000];
    let page = super::failure::render(failed, Some("a step"), "cargo harness run");
    assert!(page.lines().count() < 60, "{} lines", page.lines().count());
    assert!(page.lines().filter(|line| !line.contains("curl")).all(|line| line.chars().count() < 300));
    assert!(page.contains("… and 292 more") && page.contains("… 4997 lines before"));
}

#[test]
fn a_log_written_is_the_log_read_also_when_its_end_was_cut_off() {
    let folder = tempfile::tempdir().unwrap();
    let path: PathBuf = folder.path().join("deep/run.jsonl");
    let events = recorded("every-class");
    let mut file = log::RunLog::create(&path).unwrap();
    for event in &events {
        file.event(event).unwrap();
    }
    file.finish().unwrap();
    assert_eq!(log::read(&path).unwrap(), events);

    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, &text[..text.len() - 20]).unwrap();
    assert_eq!(log::read(&path).unwrap(), events[..events.len() - 1]);

    std::fs::write(&path, format!("not an event\n{text}")).unwrap();
    let error = log::read(&path).unwrap_err().to_string();
    assert!(error.contains("run.jsonl:1:"), "{error}");
}
