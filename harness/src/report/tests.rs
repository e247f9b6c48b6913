//! Every report, drawn from recorded runs and compared with what a reader saw last time.

use std::path::{Path, PathBuf};

use harness_model::event::Stamped;

use super::terminal::Terminal;
use super::view::RunView;
use super::{Reporter as _, json, junit, log};

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

/// Ledger: HARN-011.
#[test]
fn a_green_run_is_short_on_the_terminal() {
    insta::assert_snapshot!(terminal("green"));
}

/// Ledger: HARN-011.
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
