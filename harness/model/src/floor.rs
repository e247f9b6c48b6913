//! `replays/prove.yaml`: the share of changed observations that the expectations must notice.

use crate::form::{Form, Map};
use crate::record;
use crate::yaml::{self, Diagnostics, Source, Span};

record! {
    /// The floors of a project, in whole percent.
    pub struct Floors in "prove.yaml" {
        /// Of the whole suite.
        suite: u64 = default("suite"),
        /// Of each file with steps.
        files: Map<u64> = default("files"),
    }
}

impl Floors {
    /// No floors at all.
    #[must_use]
    pub fn none() -> Self {
        Self { suite: 0, files: Map::default(), span: Span::NOWHERE }
    }

    /// Reads a file; `None` when it has errors, all of which are in the diagnostics.
    #[must_use]
    pub fn read(source: Source) -> (Option<Self>, Diagnostics) {
        let mut diagnostics = Diagnostics::new(source);
        let root = yaml::parse(&mut diagnostics);
        let floors = root.and_then(|node| <Self as Form>::read(&node, &mut diagnostics));
        (floors, diagnostics)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floors_are_read_by_file() {
        let (floors, _) = Floors::read(Source::new("x.yaml", "suite: 61\nfiles: { replays/a/x.yaml: 80 }\n"));
        let floors = floors.unwrap();
        assert_eq!(floors.suite, 61);
        assert_eq!(floors.files.iter().collect::<Vec<_>>(), [("replays/a/x.yaml", &80)]);
        assert!(Floors::read(Source::new("x.yaml", "suit: 1\n")).0.is_none());
    }
}
