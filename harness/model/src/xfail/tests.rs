//! The self-test matrix of the verdict table.

use super::*;
use crate::event::{Failure, Phase, StepRef};
use crate::verdict::Missing;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn problems(list: &XfailList, cases: &[CaseId], on: &str) -> Vec<Problem> {
    list.problems(cases, day(on)).into_iter().map(|(_, problem)| problem).collect()
}

fn entry() -> Entry {
    Entry {
        replay: "peer-discovery-404".into(),
        issue: "#2397".into(),
        reason: "product bug: the client maps 404 to an empty list".into(),
        since: Day(day("2026-05-01")),
        owner: "registry".into(),
        expires: Day(day("2026-06-01")),
        expected_step: "the tool names the cause".into(),
        expected_text: "contains \"404\"".into(),
        unxfail_when: vec!["the tool names status and text".into()],
        span: Span::NOWHERE,
    }
}

fn list() -> XfailList {
    XfailList { xfail: vec![entry()], ..XfailList::empty() }
}

fn case(name: &str) -> CaseId {
    CaseId(format!("replay::a2a::{name}"))
}

fn failed(step: &str, text: &str) -> FailedStep {
    let step = StepRef { phase: Phase::Steps, index: 1, name: step.into(), inside: Vec::new() };
    FailedStep { step, failure: Failure::new(text) }
}

fn failing(steps: &[(&str, &str)]) -> Ending {
    Ending::Failed { steps: steps.iter().map(|(step, text)| failed(step, text)).collect() }
}

fn broken() -> Ending {
    Ending::Broken { step: None, failure: Box::new(Failure::new("postgres-alpha died")) }
}

fn skipped() -> Ending {
    let missing = Missing { capability: "containers".into(), reason: "no engine answers".into() };
    Ending::Skipped { missing: vec![missing] }
}

const RIGHT: (&str, &str) = ("the tool names the cause", "text: expected contains \"404\", got \"isolated\"");
const OTHER_STEP: (&str, &str) = ("the list has the child", "text: expected contains \"404\", got \"\"");
const OTHER_TEXT: (&str, &str) = ("the tool names the cause", "text: expected contains \"401\", got \"\"");

/// Every row of the table of expected failures, on a listed, an expired and an unlisted replay.
///
/// Ledger: HARN-011, HARN-012, PROV-116.
#[test]
fn the_verdict_table_holds_row_by_row() {
    use Verdict::{Broken, Failed, Passed, Skipped, Xfailed, Xpassed};
    let table: [(&str, Ending, [Verdict; 3]); 8] = [
        ("pass", Ending::Passed, [Xpassed, Failed, Passed]),
        ("right failure", failing(&[RIGHT]), [Xfailed, Failed, Failed]),
        ("right failure in two rows", failing(&[RIGHT, RIGHT]), [Xfailed, Failed, Failed]),
        ("other step", failing(&[OTHER_STEP]), [Failed, Failed, Failed]),
        ("other text", failing(&[OTHER_TEXT]), [Failed, Failed, Failed]),
        ("right failure and another", failing(&[RIGHT, OTHER_STEP]), [Failed, Failed, Failed]),
        ("broken", broken(), [Broken, Broken, Broken]),
        ("skipped", skipped(), [Skipped, Skipped, Skipped]),
    ];
    let list = list();
    for (name, ending, [live, expired, unlisted]) in table {
        let verdict = |case: &CaseId, on: &str| judge(&ending, list.standing(case, day(on))).verdict;
        assert_eq!(verdict(&case("peer-discovery-404"), "2026-06-01"), live, "{name}, listed");
        assert_eq!(verdict(&case("peer-discovery-404"), "2026-06-02"), expired, "{name}, expired");
        assert_eq!(verdict(&case("chat-history"), "2026-06-01"), unlisted, "{name}, unlisted");
    }
}

#[test]
fn a_judgement_carries_the_issue_and_says_what_differs() {
    let list = list();
    let on = |ending: &Ending| judge(ending, list.standing(&case("peer-discovery-404"), day("2026-05-20")));
    assert_eq!(on(&failing(&[RIGHT])).issue.as_deref(), Some("#2397"));
    let other = on(&failing(&[OTHER_STEP])).because;
    assert_eq!(other, "failed at `the list has the child`, the list expects `the tool names the cause`");
    assert!(on(&failing(&[OTHER_TEXT])).because.contains("without the text"));
    assert!(on(&Ending::Passed).because.contains("remove the entry"));
}

#[test]
fn an_entry_may_name_one_row_of_a_matrix() {
    let row = Entry { replay: "peer-discovery-404::tenant=beta".into(), ..entry() };
    assert!(row.names(&CaseId("replay::a2a::peer-discovery-404::tenant=beta".into())));
    assert!(!row.names(&CaseId("replay::a2a::peer-discovery-404::tenant=alpha".into())));
    assert!(!row.names(&case("peer-discovery-404")));
    assert!(entry().names(&CaseId("replay::a2a::peer-discovery-404::tenant=beta".into())));
    assert!(!entry().names(&CaseId("golden::cp::peer-discovery-404".into())));
}

/// Ledger: HARN-013.
#[test]
fn a_list_that_names_an_unknown_replay_is_an_error() {
    let found = problems(&list(), &[case("chat-history")], "2026-05-20");
    assert_eq!(found, [Problem::UnknownReplay("peer-discovery-404".into())]);
}

/// Ledger: HARN-013.
#[test]
fn three_replays_can_never_be_listed_and_their_entry_is_not_applied() {
    for name in NEVER_LISTED {
        let list = XfailList { xfail: vec![Entry { replay: name.into(), ..entry() }], ..XfailList::empty() };
        let cases = [case(name)];
        assert_eq!(problems(&list, &cases, "2026-05-20"), [Problem::NeverListed(name.into())]);
        assert_eq!(list.standing(&cases[0], day("2026-05-20")), Standing::Unlisted);
    }
}

/// Ledger: HARN-013.
#[test]
fn an_entry_lacks_nothing() {
    let bad = Entry {
        issue: "soon".into(),
        reason: " ".into(),
        owner: String::new(),
        expires: Day(day("2026-04-01")),
        expected_step: String::new(),
        expected_text: String::new(),
        unxfail_when: Vec::new(),
        ..entry()
    };
    let list = XfailList { xfail: vec![bad, entry()], ..XfailList::empty() };
    let found: Vec<_> = problems(&list, &[case("peer-discovery-404")], "2026-05-20")
        .iter()
        .map(ToString::to_string)
        .collect();
    let expected = [
        "the entry of `peer-discovery-404` leaves `reason` blank",
        "the entry of `peer-discovery-404` leaves `owner` blank",
        "the entry of `peer-discovery-404` leaves `expected_step` blank",
        "the entry of `peer-discovery-404` leaves `expected_text` blank",
        "the entry of `peer-discovery-404` leaves `unxfail_when` blank",
        "the entry of `peer-discovery-404` names the issue `soon`, which is not of the form `#123`",
        "the entry of `peer-discovery-404` expires before it begins",
        "the entry of `peer-discovery-404` expired after 2026-04-01",
        "`peer-discovery-404` is listed twice",
    ];
    assert_eq!(found, expected);
}

#[test]
fn a_file_is_read_with_its_places_and_all_its_errors_at_once() {
    let good = "xfail:\n  - replay: a\n    issue: '#1'\n    reason: r\n    since: 2026-01-01\n    owner: o\n    \
                expires: 2026-02-01\n    expected_step: s\n    expected_text: t\n    unxfail_when: [w]\n";
    let (list, diagnostics) = XfailList::read(Source::new("replays/xfail.yaml", good));
    assert!(diagnostics.is_empty(), "{:?}", diagnostics.lines());
    let entry = &list.unwrap().xfail[0];
    assert_eq!((entry.span.line, entry.expires.to_string().as_str()), (2, "2026-02-01"));

    let bad = good.replace("owner", "ownr").replace("2026-02-01", "soon");
    let (list, diagnostics) = XfailList::read(Source::new("replays/xfail.yaml", bad));
    assert_eq!(list, None);
    let lines = diagnostics.lines().join("\n");
    for wanted in ["xfail.yaml:6", "did you mean `owner`", "xfail.yaml:7", "expected a day"] {
        assert!(lines.contains(wanted), "{wanted} in:\n{lines}");
    }
}
