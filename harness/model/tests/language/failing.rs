//! The messages for files that are wrong: all at once, each at its place.

use std::path::Path;

use harness_model::yaml::{Severity, Source, Style};

use crate::support::findings;

fn fixture(name: &str) -> Source {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/failing/parse").join(name);
    let text = std::fs::read_to_string(&path).expect("the fixture is readable");
    Source::new(format!("fixtures/failing/parse/{name}"), text)
}

fn check(name: &str) {
    let source = fixture(&format!("{name}.yaml"));
    let findings = findings(&source);
    let text = format!("{}\n\n{}", findings.lines().join("\n"), findings.render(Style::Plain));
    let text: Vec<_> = text.lines().map(str::trim_end).collect();
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../../../../fixtures/failing/parse");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text.join("\n")));
}

/// A mistake of form does not hide one of meaning, in the same step as little as in another.
#[test]
fn ten_different_mistakes_give_their_errors_in_one_go() {
    let findings = findings(&fixture("ten-mistakes.yaml"));
    assert_eq!(findings.len(), 11, "one step has two: {:#?}", findings.lines());
    check("ten-mistakes");
}

#[test]
fn ten_mistakes_of_shape_give_ten_located_errors_at_once() {
    let findings = findings(&fixture("ten-mistakes-of-shape.yaml"));
    let errors = findings.sorted().iter().filter(|finding| finding.severity == Severity::Error).count();
    assert_eq!(errors, 10, "{:#?}", findings.lines());
    check("ten-mistakes-of-shape");
}

#[test]
fn ten_mistakes_of_sense_give_ten_located_errors_at_once() {
    let findings = findings(&fixture("ten-mistakes-of-sense.yaml"));
    assert!(findings.len() >= 10, "{:#?}", findings.lines());
    check("ten-mistakes-of-sense");
}

#[test]
fn a_file_that_is_no_yaml_is_refused_where_it_breaks() {
    check("not-yaml");
}

#[test]
fn a_replay_that_expects_nothing_is_refused_by_the_lint() {
    check("nothing-expected");
}

#[test]
fn a_replay_that_scripts_the_edge_must_say_so_where_it_is_listed() {
    check("edge-scripted-in-silence");
}

#[test]
fn a_part_must_use_its_inputs_and_bind_its_outputs() {
    check("a-part-with-loose-ends");
}
