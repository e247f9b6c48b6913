//! No input makes the reader panic.

use harness_model::yaml::Source;
use proptest::prelude::*;

use crate::grow::{Chance, Grow, schema};
use crate::support::findings;

/// A valid replay that uses much of the language.
const VALID: &str = include_str!("../../../../fixtures/failing/parse/ten-mistakes-of-sense.yaml");

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_bytes_give_findings_or_a_replay(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let found = findings(&Source::new("r.yaml", text));
        // Rendering walks the source with the spans, so it is part of the promise.
        let _ = found.render(harness_model::yaml::Style::Plain);
    }

    #[test]
    fn any_text_of_yaml_signs_gives_findings_or_a_replay(text in "[-:{}\\[\\],&*!|>'\"%@`#?$ \n a-c0-9~.]{0,120}") {
        let found = findings(&Source::new("r.yaml", text));
        let _ = found.render(harness_model::yaml::Style::Plain);
    }

    #[test]
    fn a_mutated_replay_gives_findings_or_a_replay(
        cuts in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), "[ -~\n\u{e4}]{0,6}"), 1..6),
    ) {
        let mut text: Vec<char> = VALID.chars().collect();
        for (at, length, new) in cuts {
            let at = at.index(text.len());
            let end = (at + length.index(12)).min(text.len());
            text.splice(at..end, new.chars());
        }
        let text: String = text.into_iter().collect();
        let found = findings(&Source::new("r.yaml", text));
        let _ = found.render(harness_model::yaml::Style::Plain);
    }

    #[test]
    fn a_random_replay_can_be_checked(seed in any::<u64>()) {
        let value = Grow::new(schema(), Chance::new(seed)).replay();
        let text = harness_model::yaml::emit(&harness_model::yaml::Node::from_json(&value, harness_model::yaml::Span::NOWHERE));
        let _ = findings(&Source::new("r.yaml", text));
    }
}
