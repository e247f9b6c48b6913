//! The project's own files: every replay and part is in the language and makes sense.

use std::path::{Path, PathBuf};

use harness_model::check::{Surroundings, check_part, check_replay};
use harness_model::replay::{Part, parse_part, parse_replay, print};
use harness_model::topology::Topology;
use harness_model::yaml::{Diagnostics, Source, Style};
use indexmap::IndexMap;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Every YAML file of a folder and its sub-folders, by its path from the root, sorted.
fn files(folder: &str) -> Vec<Source> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "yaml") {
                let text = std::fs::read_to_string(&path).expect("a readable file");
                let name = path.strip_prefix(root()).expect("below the root").to_string_lossy().into_owned();
                found.push(Source::new(name, text));
            }
        }
    }
    found.sort_by(|left, right| left.path().cmp(right.path()));
    found
}

/// What lies beside the areas and is no replay.
const NO_REPLAYS: [&str; 2] = ["replays/xfail.yaml", "replays/prove.yaml"];

fn replays() -> Vec<Source> {
    let mut files = files("replays");
    files.retain(|file| !file.path().starts_with("replays/ledger/") && !NO_REPLAYS.contains(&file.path()));
    files
}

fn topologies() -> IndexMap<String, Topology> {
    let read = |source: Source| {
        let (topology, findings) = Topology::read(source);
        assert!(!findings.has_errors(), "{}", findings.render(Style::Plain));
        topology.map(|topology| (topology.name.clone(), topology))
    };
    files("fixtures/topologies").into_iter().filter_map(read).collect()
}

fn parts(findings: &mut Vec<Diagnostics>) -> IndexMap<String, Part> {
    let mut parts = IndexMap::new();
    for source in replays().iter().filter(|source| source.path().starts_with("replays/parts/")) {
        let (part, diagnostics) = parse_part(source);
        findings.push(diagnostics);
        if let Some(part) = part {
            parts.insert(source.path().to_owned(), part);
        }
    }
    parts
}

#[test]
fn every_replay_of_the_project_makes_sense() {
    let topologies = topologies();
    let mut findings = Vec::new();
    let parts = parts(&mut findings);
    let default = topologies.get("two-tenants");
    for (path, part) in &parts {
        let source = replays().into_iter().find(|source| source.path() == path).expect("it was read");
        let mut diagnostics = Diagnostics::new(source);
        check_part(part, Surroundings { topology: default, parts: Some(&parts) }, &mut diagnostics);
        findings.push(diagnostics);
    }
    for source in replays().iter().filter(|source| !source.path().starts_with("replays/parts/")) {
        let (replay, mut diagnostics) = parse_replay(source);
        if let Some(replay) = replay {
            let topology = replay.topology.as_ref().and_then(|name| topologies.get(name));
            check_replay(&replay, Surroundings { topology, parts: Some(&parts) }, &mut diagnostics);
            let again = parse_replay(&Source::new("printed", print(&replay))).0;
            assert_eq!(again.as_ref(), Some(&replay), "{} does not survive printing", source.path());
        }
        findings.push(diagnostics);
    }
    let bad: Vec<_> = findings.iter().filter(|diagnostics| !diagnostics.is_empty()).collect();
    let text: Vec<_> = bad.iter().map(|diagnostics| diagnostics.render(Style::Plain)).collect();
    assert!(bad.is_empty(), "{}", text.join("\n"));
}

/// The reference page names every action, facet, matcher, key of a replay and way of a witness.
#[test]
fn the_reference_page_is_complete() {
    let page = std::fs::read_to_string(root().join("docs/replay-language.md")).expect("the page");
    let schema = harness_model::schema::replay_schema();
    let keys = |name: &str| -> Vec<String> {
        schema["$defs"][name]["properties"].as_object().expect(name).keys().cloned().collect()
    };
    let named = ["Replay", "Step", "Http", "Witness", "AgentBehaviour", "StubAct", "EdgeChange", "Capture"];
    let mut words: Vec<String> =
        named.iter().filter(|name| schema["$defs"].get(name).is_some()).flat_map(|name| keys(name)).collect();
    words.extend(harness_model::replay::Facet::WORDS.iter().map(|word| (*word).to_owned()));
    words.extend(harness_model::matcher::Word::WORDS.iter().map(|word| (*word).to_owned()));
    words.extend(harness_model::template::FUNCTIONS.iter().map(|word| (*word).to_owned()));
    let missing: Vec<_> = words.iter().filter(|word| !page.contains(word.as_str())).collect();
    assert!(missing.is_empty(), "docs/replay-language.md does not name {missing:?}");
}

/// The tutorial shows a whole replay; it is in the language, and makes sense in this project.
#[test]
fn the_replay_of_the_tutorial_makes_sense() {
    let page = std::fs::read_to_string(root().join("docs/writing-replays.md")).expect("the page");
    let examples: Vec<_> =
        page.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(!examples.is_empty());
    let (topologies, parts) = (topologies(), parts(&mut Vec::new()));
    let around = Surroundings { topology: topologies.get("two-tenants"), parts: Some(&parts) };
    for example in examples {
        let (replay, mut findings) = parse_replay(&Source::new("docs/writing-replays.md", example));
        check_replay(&replay.expect("it reads"), around, &mut findings);
        assert!(findings.is_empty(), "{}", findings.render(Style::Plain));
    }
}

/// What the page shows as an example is in the language.
#[test]
fn the_example_of_the_reference_page_reads() {
    let page = std::fs::read_to_string(root().join("docs/replay-language.md")).expect("the page");
    let example =
        page.split("```yaml\n").nth(1).and_then(|rest| rest.split("```").next()).expect("an example");
    let (replay, mut findings) = parse_replay(&Source::new("docs/replay-language.md", example));
    check_replay(&replay.expect("it reads"), Surroundings::default(), &mut findings);
    assert!(findings.is_empty(), "{}", findings.render(Style::Plain));
}
