//! Two runs, told apart.

use harness_model::event::{ReplayFinished, RunEvent, RunStarted, Stamped};
use harness_model::verdict::{Named, Summary};

use super::*;

fn run(backend: &str, missing: &[&str], cases: &[(&str, Verdict, &str)]) -> RunView {
    let id = |name: &str| CaseId(format!("replay::a::{name}"));
    let started = RunStarted {
        run: "r".into(),
        started: "2026-06-14T09:00:00Z".parse().unwrap(),
        backend: backend.into(),
        seed: None,
        cases: cases.iter().map(|(name, ..)| id(name)).collect(),
    };
    let mut summary = Summary::default();
    let missing = missing.iter().map(|name| Missing { capability: (*name).into(), reason: "none".into() });
    summary.missing = missing.collect();
    let mut events = vec![RunEvent::RunStarted(started)];
    for (name, verdict, because) in cases {
        let (case, verdict, because) = (id(name), *verdict, (*because).to_owned());
        summary.count(Named { case: case.clone(), verdict, issue: None, because: because.clone() });
        events.push(RunEvent::ReplayFinished(ReplayFinished {
            case,
            verdict,
            because,
            issue: None,
            took_ms: 1,
            checks_passed: 0,
            checks_failed: 0,
            reproduce: String::new(),
        }));
    }
    events.push(RunEvent::RunFinished { took_ms: 1, summary });
    RunView::of(&events.into_iter().map(|event| Stamped { at_ms: 0, event }).collect::<Vec<_>>())
}

fn kinds(then: &RunView, now: &RunView) -> Vec<(String, Kind)> {
    let cases = Diff::of(then, now).cases.into_iter();
    cases.map(|it| (it.case.0.trim_start_matches("replay::a::").to_owned(), it.kind)).collect()
}

#[test]
fn every_kind_of_change_is_told_apart_and_the_urgent_ones_come_first() {
    use Verdict::{Broken, Failed, Passed, Xfailed};
    let then = run(
        "process",
        &[],
        &[("a", Passed, ""), ("b", Failed, "x"), ("c", Failed, "x"), ("d", Failed, "x"), ("e", Passed, "")],
    );
    let now = run(
        "process",
        &[],
        &[("f", Passed, ""), ("d", Failed, "y"), ("c", Broken, "x"), ("b", Xfailed, "x"), ("a", Failed, "x")],
    );
    let expected = [
        ("a", Kind::NewlyRed),
        ("b", Kind::NewlyGreen),
        ("c", Kind::OtherVerdict),
        ("d", Kind::OtherFailure),
        ("f", Kind::Added),
        ("e", Kind::Gone),
    ];
    assert_eq!(kinds(&then, &now), expected.map(|(name, kind)| (name.to_owned(), kind)));
    assert!(kinds(&then, &then).is_empty());
    assert_eq!(Diff::of(&then, &now).of_all, 6);
}

#[test]
fn a_case_skipped_on_one_backend_is_no_difference_only_where_the_capability_is_declared() {
    use Verdict::{Failed, Passed, Skipped};
    let process = |verdict| run("process", &[], &[("x", verdict, "")]);
    let skipped = |backend, missing: &[&str]| run(backend, missing, &[("x", Skipped, "pause: none")]);
    let kind = |then: &RunView, now: &RunView| kinds(then, now)[0].1;
    assert_eq!(kind(&process(Passed), &skipped("docker", &["pause"])), Kind::NotThere);
    assert_eq!(kind(&skipped("docker", &["pause"]), &process(Passed)), Kind::NotThere);
    assert_eq!(kind(&process(Passed), &skipped("docker", &[])), Kind::OtherVerdict, "not declared");
    assert_eq!(kind(&process(Passed), &skipped("process", &["pause"])), Kind::OtherVerdict, "lost here");
    assert_eq!(kind(&process(Failed), &skipped("docker", &["pause"])), Kind::NewlyGreen, "red elsewhere");
}

#[test]
fn a_case_that_was_cut_off_differs_from_everything() {
    let whole = run("process", &[], &[("x", Verdict::Passed, "")]);
    let mut cut = run("process", &[], &[("x", Verdict::Passed, "")]);
    cut.cases[0].finished = None;
    assert_eq!(kinds(&whole, &cut)[0].1, Kind::NoVerdict);
    assert_eq!(kinds(&cut, &cut)[0].1, Kind::NoVerdict);
}

#[test]
fn what_is_new_in_every_run_is_no_difference_and_a_status_is_one() {
    let same = [
        (
            "ws 0198f6f0-1c1c-7000-8000-000000000001 of :34567",
            "ws 0198f6f0-1c1c-7000-8000-00000000ffff of :4000",
        ),
        ("after 120 ms at 2026-06-14T09:00:00.123Z", "after 7 ms at 2026-06-15T10:00:00Z"),
    ];
    for (then, now) in same {
        assert_eq!(steady(then), steady(now));
    }
    assert_ne!(steady("expected equals 200, got 404"), steady("expected equals 200, got 500"));
}

#[test]
fn runs_as_a_whole_differ_in_backend_and_in_what_is_missing() {
    let (then, now) = (run("process", &["redis"], &[]), run("docker", &["pause"], &[]));
    let expected = ["other backend   process then, docker now", "missing now  pause", "missing then redis"];
    assert_eq!(Diff::of(&then, &now).run, expected);
}
