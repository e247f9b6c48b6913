//! JUnit XML, as CI systems read it.
//!
//! JUnit knows three non-green tags and we have five classes, so the class is also the `type`: a failed case
//! is `<failure type="failed">`, a broken one `<error type="broken">`, and both expected failures and missing
//! capabilities are `<skipped>` with the reason, so that a viewer lists them and never counts them as passed.

use std::io;
use std::time::Duration;

use harness_model::event::ReplayFinished;
use harness_model::verdict::Verdict;
use indexmap::IndexMap;
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::failure;
use super::text::reason;
use super::view::{CaseView, RunView};

/// The XML of a run.
///
/// # Errors
/// When the XML cannot be serialised.
pub fn render(view: &RunView) -> io::Result<String> {
    let mut report = Report::new("harness");
    if let Some(took) = view.took_ms {
        report.set_time(Duration::from_millis(took));
    }
    let mut suites: IndexMap<String, TestSuite> = IndexMap::new();
    for case in &view.cases {
        let (suite, name) = names(&case.id.0);
        let suite = suites.entry(suite.clone()).or_insert_with(|| TestSuite::new(suite));
        suite.add_test_case(test_case(case, &name));
    }
    report.add_test_suites(suites.into_values());
    report.add_test_suites(run_suite(view));
    report.to_string().map_err(io::Error::other)
}

/// What belongs to no case and must not get lost: what is missing here, what was not run, what was left behind.
fn run_suite(view: &RunView) -> Option<TestSuite> {
    let summary = view.summary.as_ref()?;
    let mut suite = TestSuite::new("harness::run");
    for missing in &summary.missing {
        let mut status = TestCaseStatus::skipped();
        status.set_type("missing").set_message(missing.reason.as_str());
        suite.add_test_case(TestCase::new(format!("capability {}", missing.capability), status));
    }
    for leftover in &summary.leftovers {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
        status.set_type("left-over").set_message(leftover.as_str());
        suite.add_test_case(TestCase::new("nothing is left behind", status));
    }
    for not_run in &summary.not_run {
        suite.add_property(("not run", not_run.as_str()));
    }
    let says_something = !suite.test_cases.is_empty() || !suite.properties.is_empty();
    says_something.then_some(suite)
}

/// `replay::isolation::tenant-isolation` is the case `tenant-isolation` of the suite `replay::isolation`.
fn names(id: &str) -> (String, String) {
    let mut parts = id.splitn(3, "::");
    match (parts.next(), parts.next(), parts.next()) {
        (Some(kind), Some(area), Some(name)) => (format!("{kind}::{area}"), name.to_owned()),
        _ => ("harness".to_owned(), id.to_owned()),
    }
}

fn test_case(case: &CaseView, name: &str) -> TestCase {
    let mut test = TestCase::new(name, status(case));
    if let Some(finished) = &case.finished {
        test.set_time(Duration::from_millis(finished.took_ms));
        test.set_assertions((finished.checks_passed + finished.checks_failed) as usize);
        test.add_property(("verdict", finished.verdict.word()));
        if let Some(issue) = &finished.issue {
            test.add_property(("issue", issue.as_str()));
        }
    }
    if let Some(started) = &case.started {
        test.set_classname(started.file.as_str());
        for issue in &started.closes {
            test.add_property(("closes", issue.as_str()));
        }
    }
    test
}

fn status(case: &CaseView) -> TestCaseStatus {
    let Some(finished) = &case.finished else {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
        status.set_type("cut-off").set_message("the run ended before this case did");
        return status;
    };
    let mut status = match finished.verdict {
        Verdict::Passed => return TestCaseStatus::success(),
        Verdict::Failed | Verdict::Xpassed => TestCaseStatus::non_success(NonSuccessKind::Failure),
        Verdict::Broken => TestCaseStatus::non_success(NonSuccessKind::Error),
        Verdict::Xfailed | Verdict::Skipped => TestCaseStatus::skipped(),
    };
    status
        .set_type(finished.verdict.word())
        .set_message(reason(finished.issue.as_deref(), &finished.because));
    let details = details(case, finished);
    if !details.is_empty() {
        status.set_description(details);
    }
    status
}

fn details(case: &CaseView, finished: &ReplayFinished) -> String {
    let rendered = case
        .failures
        .iter()
        .map(|failed| failure::render(&failed.failure, Some(&failed.step.to_string()), &finished.reproduce));
    anstream::adapter::strip_str(&rendered.collect::<Vec<_>>().join("\n")).to_string()
}
