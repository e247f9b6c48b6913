//! A ledger over folders written for the test.

use std::fs;
use std::path::PathBuf;

use super::*;
use crate::runner::discover;

const ROWS: &str = "- { id: EDGE-01, title: a, level: replay }\n- { id: EDGE-2, title: b, level: unit }\n\
                    - { id: EDGE-3, title: c, level: unit }\n";
const OTHER_ROWS: &str = "- { id: REG-1, title: d, level: corpus }\n";
const TESTS: &str = "//! x\n\n/// Ledger: EDGE-2, EDGE-3.\n#[test]\nfn holds() {}\n";

struct Written(tempfile::TempDir);

fn written(more: &[(&str, &str)]) -> Written {
    let folder = Written(tempfile::tempdir().unwrap());
    for (path, text) in [
        ("replays/ledger/edge.yaml", ROWS),
        ("replays/ledger/registry.yaml", OTHER_ROWS),
        ("replays/a/x.yaml", "replay: x\nledger: [EDGE-001]\nmatrix: { tenant: [alpha, beta] }\nsteps: []\n"),
        ("corpus/a2a/valid/one.json", "{}"),
        ("corpus/a2a/valid/two.json", "{}"),
        ("corpus/a2a/judge/valid.yaml", "replay: x\nledger: [REG-1]\nsteps: []\n"),
        ("Cargo.toml", "[package]\nname = \"pack\"\n"),
        ("tests/rules.rs", TESTS),
    ]
    .iter()
    .chain(more)
    {
        folder.file(path, text);
    }
    folder
}

impl Written {
    fn file(&self, path: &str, text: &str) -> PathBuf {
        let path = self.0.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    fn ledger(&self) -> Ledger {
        let project = Project::at(self.0.path());
        Ledger::read(&project, &discover::cases(&project).unwrap()).unwrap()
    }

    fn findings(&self) -> Vec<String> {
        self.ledger().findings.iter().flat_map(Diagnostics::lines).collect()
    }

    /// `area rows covered passing uncovered`, areas first, then the total.
    fn counts(&self, run: &[&PathBuf]) -> Vec<String> {
        let mut passed = Passed::default();
        run.iter().for_each(|file| passed.add(file).unwrap());
        let figures = Figures::of(&self.ledger(), Some(&passed).filter(|_| !run.is_empty()));
        assert_eq!(figures.judged, !run.is_empty());
        let line =
            |f: &AreaFigures| format!("{} {} {} {} {}", f.area, f.rows, f.covered, f.passing, f.uncovered);
        figures.areas.iter().chain([&figures.total]).map(line).collect()
    }
}

fn finished(case: &str, verdict: &str) -> String {
    format!(
        "{{\"at_ms\":1,\"event\":\"replay_finished\",\"case\":\"{case}\",\"verdict\":\"{verdict}\",\"took_ms\":1,\
         \"checks_passed\":1,\"checks_failed\":0,\"reproduce\":\"x\"}}\n"
    )
}

fn junit(suite: &str, class: &str, name: &str, inner: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?><testsuites name=\"n\" tests=\"1\" failures=\"0\" errors=\"0\"><testsuite name=\"{suite}\" \
         tests=\"1\" disabled=\"0\" errors=\"0\" failures=\"0\"><testcase name=\"{name}\" classname=\"{class}\">{inner}\
         </testcase></testsuite></testsuites>"
    )
}

#[test]
fn rows_are_covered_by_replays_corpora_and_rust_tests() {
    let written = written(&[]);
    assert_eq!(written.counts(&[]), ["EDGE 3 3 0 0", "REG 1 1 0 0", "all 4 4 0 0"]);
    assert_eq!(written.findings(), Vec::<String>::new());
    written.file("tests/rules.rs", "//! x\n");
    assert_eq!(written.counts(&[]), ["EDGE 3 1 0 2", "REG 1 1 0 0", "all 4 2 0 2"]);
}

#[test]
fn a_replay_passes_when_all_its_cases_passed() {
    let written = written(&[]);
    let alpha = finished("replay::a::x::tenant=alpha", "passed");
    let log = written.file("run.jsonl", &alpha);
    assert_eq!(written.counts(&[&log])[2], "all 4 4 0 0", "beta did not run");
    for (verdict, passing) in [("passed", 1), ("failed", 0), ("xfailed", 0), ("broken", 0), ("skipped", 0)] {
        let log =
            written.file("run.jsonl", &(alpha.clone() + &finished("replay::a::x::tenant=beta", verdict)));
        assert_eq!(written.counts(&[&log])[2], format!("all 4 4 {passing} 0"), "{verdict}");
    }
}

#[test]
fn a_class_of_a_corpus_passes_when_every_entry_passed() {
    let written = written(&[]);
    let one = finished("corpus::a2a::valid::one", "passed");
    let both = one.clone() + &finished("corpus::a2a::valid::two", "passed");
    let log = written.file("run.jsonl", &one);
    assert_eq!(written.counts(&[&log])[1], "REG 1 1 0 0");
    let log = written.file("run.jsonl", &both);
    assert_eq!(written.counts(&[&log])[1], "REG 1 1 1 0");
}

#[test]
fn a_rust_test_is_found_in_the_reports_of_nextest_and_of_libtest() {
    let written = written(&[]);
    let passing = |text: String| {
        let file = written.file("junit.xml", &text);
        written.counts(&[&file]).pop().unwrap()
    };
    let table = [
        (junit("pack::rules", "pack::rules", "holds", ""), 2),
        (junit("test", "", "holds", ""), 2),
        (junit("pack::rules", "pack::rules", "deeper::holds", ""), 2),
        (junit("pack::rules", "pack::rules", "holds", "<failure type=\"x\"/>"), 0),
        (junit("pack::rules", "pack::rules", "holds", "<skipped/>"), 0),
        (junit("pack::rules", "pack::rules", "holds_not", ""), 0),
        (junit("pack::other", "pack::other", "holds", ""), 0),
    ];
    for (report, rows) in table {
        assert_eq!(passing(report.clone()), format!("all 4 4 {rows} 0"), "{report}");
    }
}

#[test]
fn a_citation_of_an_unknown_row_is_found_wherever_it_stands() {
    let written = written(&[
        ("replays/a/y.yaml", "replay: y\nledger: [EDGE-9]\nsteps: []\n"),
        ("tests/more.rs", "/// Ledger: REG-1, REG-2.\n#[test]\nfn x() {}\n"),
    ]);
    let findings = written.findings();
    assert_eq!(findings.len(), 2, "{findings:?}");
    assert!(
        findings[0].starts_with("replays/a/y.yaml:2:10: error[ledger-id]: the ledger has no row `EDGE-9`")
    );
    assert!(findings[1].starts_with("tests/more.rs:1:20: error[ledger-id]: the ledger has no row `REG-2`"));
    assert!(findings[1].contains("did you mean `REG-1`?"), "{}", findings[1]);
}

#[test]
fn a_row_needs_an_id_of_its_own_a_title_and_a_level() {
    let rows = "- { id: EDGE-1, title: a, level: replay }\n- { title: a, level: unit }\n- { id: EDGE-7, level: unit }\n";
    let findings = written(&[("replays/ledger/more.yaml", rows)]).findings();
    assert_eq!(findings.len(), 3, "{findings:?}");
    assert!(
        findings[0].contains("more.yaml:1:3")
            && findings[0].contains("already the id of replays/ledger/edge.yaml:1")
    );
    assert!(findings[1].contains("a row without `id`") && findings[2].contains("a row without `title`"));
}

#[test]
fn a_file_that_is_neither_a_log_nor_junit_is_refused_by_name() {
    let written = written(&[]);
    for (name, text) in [("run.jsonl", "{\"no\":1}\n"), ("junit.xml", "<x>"), ("gone.jsonl", "")] {
        let file = written.file(name, text);
        if name.starts_with("gone") {
            fs::remove_file(&file).unwrap();
        }
        let error = Passed::default().add(&file).unwrap_err().to_string();
        assert!(error.contains(name), "{error}");
    }
}
