//! From cases to trials: which bugs are brought back, and where.
//!
//! All rows of a replay's matrix are tried: each is a verdict of its own. Of the entries that one judge judges,
//! the first is tried unless all are asked for: they differ in data, not in what could go unnoticed.

use std::collections::BTreeSet;
use std::path::PathBuf;

use harness_model::replay::Witness;
use harness_model::verdict::CaseId;

use crate::runner::case::{Case, Subject};
use crate::runner::in_world::Twist;
use crate::runner::load::{Loaded, Loader, Ready};

/// One run of a replay.
#[derive(Debug, Clone)]
pub struct Trial {
    /// The case.
    pub case: Case,
    /// What it runs.
    pub ready: Ready,
    /// The witness by its position; none for the run without any bug.
    pub witness: Option<usize>,
}

/// What there is to prove.
#[derive(Debug, Default)]
pub struct Plan {
    /// The runs: per case the one without a bug, then one per witness.
    pub trials: Vec<Trial>,
    /// Cases that nobody has seen red, because they have no witness.
    pub unwitnessed: Vec<CaseId>,
    /// Cases that cannot be read, with the findings.
    pub unreadable: Vec<(CaseId, String)>,
}

impl Trial {
    /// The witness, unless this is the run without any bug.
    #[must_use]
    pub fn witness(&self) -> Option<&Witness> {
        self.witness.and_then(|position| self.ready.replay.witness.get(position))
    }

    /// What is different in its world.
    pub(crate) fn twist(&self) -> Twist<'_> {
        Twist { witness: self.witness(), ..Twist::default() }
    }
}

impl Plan {
    /// Plans the trials of the chosen cases.
    #[must_use]
    pub fn of(loader: &Loader, cases: Vec<Case>, every_entry: bool) -> Self {
        let mut plan = Plan::default();
        let mut judges: BTreeSet<PathBuf> = BTreeSet::new();
        for case in cases {
            if let Subject::Corpus { judge, .. } = &case.subject
                && !judges.insert(judge.clone())
                && !every_entry
            {
                continue;
            }
            match loader.load(&case) {
                Loaded::Replay(ready) => plan.add(&case, &ready),
                Loaded::Wrong(findings) => plan.unreadable.push((case.id, findings)),
                // Vectors are compared byte for byte, without a world that could have a bug.
                Loaded::Golden { .. } => {}
            }
        }
        plan
    }

    fn add(&mut self, case: &Case, ready: &Ready) {
        if ready.replay.witness.is_empty() {
            self.unwitnessed.push(case.id.clone());
            return;
        }
        let trial = |witness| Trial { case: case.clone(), ready: ready.clone(), witness };
        let bugs = (0..ready.replay.witness.len()).map(Some);
        self.trials.extend(std::iter::once(None).chain(bugs).map(trial));
    }

    /// How many cases are tried.
    #[must_use]
    pub fn cases(&self) -> usize {
        self.trials.iter().filter(|trial| trial.witness.is_none()).count()
    }

    /// How many bugs are brought back.
    #[must_use]
    pub fn bugs(&self) -> usize {
        self.trials.iter().filter(|trial| trial.witness.is_some()).count()
    }
}
