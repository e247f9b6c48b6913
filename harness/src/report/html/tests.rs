//! The page, drawn from recorded runs.

use std::path::Path;

use harness_model::event::{Phase, Promise, Promises, RunEvent, Stamped, StepRef};
use harness_model::verdict::CaseId;

use super::render;
use crate::report::log;

fn recorded(name: &str) -> Vec<Stamped> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    log::read(&root.join(format!("fixtures/runs/{name}.jsonl"))).unwrap()
}

pub(super) fn page(name: &str) -> String {
    render(&recorded(name)).unwrap()
}

/// More than any suite has, and with all their evidence far too big for a page.
const MANY: usize = 400;

#[test]
fn the_page_needs_no_other_file() {
    let page = page("every-class");
    for outside in
        ["http-equiv=\"refresh", "src=\"http", "href=\"http", "url(http", "@import", "<link rel=\"stylesheet"]
    {
        assert!(!page.contains(outside), "{outside}");
    }
    assert!(page.contains("default-src 'none'"), "and a browser would refuse to load one");
}

#[test]
fn a_red_case_is_told_with_its_traffic_its_services_and_their_clock() {
    let page = page("in-a-world");
    let says = [
        "<h1>1 failed</h1>",
        "replays/harness/answers.yaml:25:5",
        "curl -i -X POST -H &#39;host: harness-tenant-alpha.localhost&#39;",
        "agents saw",
        "tenant-alpha since the step began",
        "cargo harness run --exact",
        "<symbol id=\"map-two-tenants\"",
        "cf-proxy → tenant-alpha",
        "<i class=\"sql\"",
        "select name, status::text from workspaces",
        "← text {&quot;event&quot;:&quot;WORKSPACE_ONLINE&quot;",
        "started as machine",
        "POST /cp/workspaces/provision",
        "Worlds: 2",
    ];
    for text in says {
        assert!(page.contains(text), "the page does not say {text}");
    }
}

/// The log alone tells it: verdicts that are judged again count again.
#[test]
fn the_ledger_is_counted_against_the_verdicts_of_the_run() {
    let events = recorded("every-class");
    let html = render(&events).unwrap();
    let says = [
        "4 promises: 3 covered by a check, 1 passing in this run, 1 uncovered.",
        "<tr><td>EDGE</td><td class=\"n\">3</td><td class=\"n\">2</td><td class=\"n\">1</td><td class=\"n\">1</td>",
        "<tr><td>REG</td><td class=\"n\">1</td><td class=\"n\">1</td><td class=\"n\">0</td><td class=\"n\">0</td>",
        "<li class=\"passing\"><b>passing</b> <code>EDGE-01</code> A request whose",
        "<li class=\"failing\"><b>failing</b> <code>EDGE-02</code>",
        "replay::isolation::tenant-isolation, replay::a2a::peer-discovery-404</small>",
        "<li class=\"uncovered\"><b>uncovered</b> <code>EDGE-03</code> A header that comes twice is &lt;refused&gt;",
        "<li class=\"covered\"><b>covered</b> <code>REG-001</code>",
    ];
    for text in says {
        assert!(html.contains(text), "the page does not say {text}");
    }
    let other = events.iter().map(|event| serde_json::to_string(event).unwrap());
    let other = other.map(|event| event.replace("\"verdict\":\"failed\"", "\"verdict\":\"passed\""));
    let other: Vec<Stamped> = other.map(|event| serde_json::from_str(&event).unwrap()).collect();
    assert!(render(&other).unwrap().contains("2 passing in this run"));
    assert!(!page("green").contains("id=\"ledger\""), "a project without one");
}

#[test]
fn every_step_of_a_red_case_can_be_picked_however_many_there_are() {
    let case = CaseId("replay::harness::answers::tenant=alpha".into());
    let mut events = recorded("in-a-world");
    let step = |index: u32| {
        let (phase, name) = (Phase::Steps, format!("row {index}"));
        let step = StepRef { phase, index, name, inside: Vec::new() };
        Stamped { at_ms: 0, event: RunEvent::StepStarted { case: case.clone(), step } }
    };
    let end = events.len() - 1;
    events.splice(end..end, (100..200).map(step));
    let html = render(&events).unwrap();
    assert!(html.contains("class=\"p100\"") && html.contains(".traffic:has(.p100:checked) .s100"));
    assert!(!page("green").contains(".traffic:has(.p0:checked)"), "and none where nothing is red");
}

/// Evidence is what makes a page big; names and verdicts are never given up for it.
#[test]
fn a_page_of_many_cases_stays_below_two_million_bytes_and_names_them_all() {
    for (name, case) in [
        ("a green", "replay::canary::canary-smoke-a2a-pong::tenant=beta"),
        ("a red", "replay::harness::answers::tenant=alpha"),
    ] {
        let mut events = manifold(&recorded("in-a-world"), case);
        events.insert(1, long_ledger());
        let page = render(&events).unwrap();
        assert!(page.len() < 2_000_000, "{name} case {MANY} times: {} bytes", page.len());
        for number in [0, 1, MANY / 2, MANY - 1] {
            assert!(
                page.contains(&format!("<span class=\"name\">{case}-{number}</span>")),
                "{name} {number}"
            );
        }
        assert!(page.contains("Left out to keep the page small"), "and it says so");
    }
}

/// A ledger that would not fit beside cases that take all there is.
fn long_ledger() -> Stamped {
    let row = |number: usize| Promise {
        id: format!("EDGE-{number}"),
        title: "A request is answered as it was promised. ".repeat(4),
        checks: Vec::new(),
    };
    let rows = (0..1600).map(row).collect();
    Stamped { at_ms: 0, event: RunEvent::LedgerOpened(Promises { rows, checks: Vec::new() }) }
}

/// The events of a case, as those of many cases.
fn manifold(events: &[Stamped], case: &str) -> Vec<Stamped> {
    let text = |event: &Stamped| serde_json::to_string(event).unwrap();
    let of_case: Vec<_> =
        events.iter().map(text).filter(|event| event.contains(&format!("\"case\":\"{case}\""))).collect();
    let of_case: Vec<_> = of_case.into_iter().filter(|event| !event.contains("run_finished")).collect();
    let read = |text: String| serde_json::from_str(&text).unwrap();
    let of_run = events.iter().map(text).filter(|event| !event.contains("\"case\"")).map(read);
    let copies = (0..MANY).flat_map(|number| {
        let rename = format!("\"case\":\"{case}-{number}\"");
        of_case
            .iter()
            .map(move |event| event.replace(&format!("\"case\":\"{case}\""), &rename))
            .collect::<Vec<_>>()
    });
    of_run.chain(copies.map(read)).collect()
}

#[test]
fn no_text_of_a_run_becomes_markup() {
    let text = std::fs::read_to_string(
        Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("fixtures/runs/every-class.jsonl"),
    );
    let text = text.unwrap().replace("not found", "<script>alert(1)</script>").replace("unknown", "<b>&");
    let events: Vec<Stamped> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let page = render(&events).unwrap();
    assert!(page.contains("&lt;script&gt;alert(1)") && !page.contains("<script>alert"));
    assert!(page.contains("&lt;b&gt;&amp;") && !page.contains("<b>&<"));
}
