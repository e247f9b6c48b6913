//! Counts of fates.

use super::weigh::Fate;

/// How many mutants ended how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Score {
    /// Noticed.
    pub caught: u64,
    /// Not noticed.
    pub missed: u64,
    /// Not to be noticed.
    pub equivalent: u64,
}

impl Score {
    /// Counts one mutant.
    pub fn count(&mut self, fate: Fate) {
        match fate {
            Fate::Caught => self.caught += 1,
            Fate::Missed => self.missed += 1,
            Fate::Equivalent => self.equivalent += 1,
        }
    }

    /// Adds another count.
    pub fn add(&mut self, other: Score) {
        self.caught += other.caught;
        self.missed += other.missed;
        self.equivalent += other.equivalent;
    }

    /// Whole percent of the mutants that had to be noticed and were; nothing to notice is all noticed.
    #[must_use]
    pub fn percent(self) -> u64 {
        (self.caught * 100).checked_div(self.caught + self.missed).unwrap_or(100)
    }

    /// How many were judged.
    #[must_use]
    pub fn judged(self) -> u64 {
        self.caught + self.missed + self.equivalent
    }
}
