//! Printing and reading are inverse.

use std::collections::HashSet;

use harness_model::replay::{Replay, parse_replay, print};
use harness_model::yaml::{Node, Source, Span, emit};
use proptest::prelude::*;

use crate::grow::{Chance, Grow, schema};

fn read(text: &str) -> Result<Replay, Vec<String>> {
    let (replay, findings) = parse_replay(&Source::new("r.yaml", text));
    replay.ok_or_else(|| findings.lines())
}

/// A random replay as text, and the keys it uses.
fn grown(seed: u64) -> (String, Vec<String>) {
    let mut grow = Grow::new(schema(), Chance::new(seed));
    let value = grow.replay();
    (emit(&Node::from_json(&value, Span::NOWHERE)), grow.keys)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn what_is_printed_reads_back_the_same(seed in any::<u64>()) {
        if let Ok(replay) = read(&grown(seed).0) {
            let printed = print(&replay);
            let again = read(&printed);
            prop_assert_eq!(again.as_ref(), Ok(&replay), "{}", printed);
            prop_assert_eq!(print(&replay), printed);
        }
    }

    #[test]
    fn what_is_emitted_parses_back_to_the_same_tree(seed in any::<u64>()) {
        let (text, _) = grown(seed);
        let mut findings = harness_model::yaml::Diagnostics::new(Source::new("r.yaml", text.clone()));
        let tree = harness_model::yaml::parse(&mut findings);
        prop_assert!(findings.is_empty(), "{:?}\n{}", findings.lines(), text);
        prop_assert_eq!(tree.map(|tree| emit(&tree)), Some(text));
    }
}

/// The random replays are worth something: most are accepted, and together they reach every key.
#[test]
fn random_replays_reach_every_key_of_the_language() {
    let keys = |definition: &serde_json::Value| -> Vec<String> {
        definition["properties"].as_object().into_iter().flat_map(|keys| keys.keys().cloned()).collect()
    };
    let definitions = schema()["$defs"].as_object().expect("definitions");
    let mut missed: HashSet<String> =
        definitions.iter().filter(|(name, _)| *name != "Part").flat_map(|(_, one)| keys(one)).collect();
    let (mut grown_count, mut accepted, mut reasons) = (0, 0, Vec::new());
    while !missed.is_empty() && grown_count < 8000 {
        let (text, keys) = grown(grown_count);
        grown_count += 1;
        match read(&text) {
            Ok(_) => {
                accepted += 1;
                missed.retain(|key| !keys.contains(key));
            }
            Err(lines) => reasons.extend(lines),
        }
    }
    assert!(missed.is_empty(), "never reached: {missed:?}");
    let few = reasons.iter().take(40).collect::<Vec<_>>();
    assert!(accepted > grown_count / 8, "only {accepted} of {grown_count}: {few:#?}");
}
