//! Which port of the range is whose.

use std::{collections::BTreeSet, ops::RangeInclusive};

/// The ports of one host.
#[derive(Debug)]
pub(super) struct Ports {
    range: RangeInclusive<u16>,
    taken: BTreeSet<u16>,
    /// Where to look next: a freed port rests while others are free, so that a client that still
    /// holds an old address does not meet a new agent.
    next: u16,
}

impl Ports {
    pub(super) fn new(range: RangeInclusive<u16>) -> Self {
        Self { next: *range.start(), taken: BTreeSet::new(), range }
    }

    pub(super) fn take(&mut self) -> Option<u16> {
        let (start, end) = (*self.range.start(), *self.range.end());
        let port = (self.next..=end).chain(start..self.next).find(|port| !self.taken.contains(port))?;
        self.taken.insert(port);
        self.next = if port == end { start } else { port + 1 };
        Some(port)
    }

    pub(super) fn give_back(&mut self, port: u16) {
        self.taken.remove(&port);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_freed_port_comes_last_and_a_full_range_gives_none() {
        let mut ports = Ports::new(8100..=8102);
        assert_eq!((ports.take(), ports.take()), (Some(8100), Some(8101)));
        ports.give_back(8100);
        assert_eq!((ports.take(), ports.take(), ports.take()), (Some(8102), Some(8100), None));
    }
}
