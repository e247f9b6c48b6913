//! What the tests of the language share.

use harness_model::check::{Surroundings, check_part, check_replay};
use harness_model::replay::{Part, parse_part, parse_replay};
use harness_model::topology::{IdentitySpec, Topology};
use harness_model::yaml::{Diagnostics, Source};
use indexmap::IndexMap;

/// A small topology: one database, one identity.
pub(crate) fn toy() -> Topology {
    let mut toy = Topology { name: "toy".to_owned(), ..Topology::default() };
    toy.databases.insert("alpha".to_owned(), "postgres".to_owned());
    toy.identities.insert("alpha_admin".to_owned(), IdentitySpec::default());
    toy
}

/// One part with one input.
pub(crate) fn parts() -> IndexMap<String, Part> {
    let text = "part: a workspace\ninputs: [name]\noutputs: [ws]\nsteps:\n  - let: { ws: \"${name}\" }\n";
    let (part, findings) = parse_part(&Source::new("online.yaml", text));
    assert!(findings.is_empty(), "{:?}", findings.lines());
    IndexMap::from([("replays/parts/online.yaml".to_owned(), part.expect("the part reads"))])
}

/// Every finding about a replay or part, as a person would see them.
pub(crate) fn findings(source: &Source) -> Diagnostics {
    let (toy, parts) = (toy(), parts());
    let around = Surroundings { topology: Some(&toy), parts: Some(&parts) };
    if source.text().starts_with("part:") {
        let (part, mut diagnostics) = parse_part(source);
        if let Some(part) = &part {
            check_part(part, around, &mut diagnostics);
        }
        return diagnostics;
    }
    let (replay, mut diagnostics) = parse_replay(source);
    if let Some(replay) = &replay {
        check_replay(replay, around, &mut diagnostics);
    }
    diagnostics
}
