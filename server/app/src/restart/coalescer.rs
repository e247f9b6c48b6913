//! Many requests, few restarts: what arrives during a cycle becomes exactly one further cycle.
//!
//! A dropped second request once let an agent boot without the setting that the request was about; a
//! request per cycle would restart it for minutes.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use server_types::WorkspaceId;

/// Why an agent is restarted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// It is dead, or its settings changed; a sleeping one stays asleep.
    Auto,
    /// A message came for a sleeping one; one that is awake stays as it is.
    Wake,
}

/// What was asked for since the last cycle began; one may not hide the other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    auto: bool,
    wake: bool,
}

impl Asked {
    /// Whether somebody asked for this.
    pub fn has(self, cause: Cause) -> bool {
        match cause {
            Cause::Auto => self.auto,
            Cause::Wake => self.wake,
        }
    }

    fn and(self, cause: Cause) -> Self {
        match cause {
            Cause::Auto => Self { auto: true, ..self },
            Cause::Wake => Self { wake: true, ..self },
        }
    }
}

/// The running cycles of all workspaces; cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Restarts(Arc<Mutex<HashMap<WorkspaceId, Asked>>>);

impl Restarts {
    /// Notes the request; the caller that gets a turn must run the cycles.
    pub fn enter(&self, id: WorkspaceId, cause: Cause) -> Option<Turn> {
        let mut running = self.running();
        match running.get_mut(&id) {
            Some(pending) => {
                *pending = pending.and(cause);
                None
            }
            None => {
                running.insert(id, Asked::default().and(cause));
                Some(Turn { restarts: self.clone(), id, over: false })
            }
        }
    }

    fn running(&self) -> MutexGuard<'_, HashMap<WorkspaceId, Asked>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The right to restart one workspace; given up when dropped, a panic included.
#[derive(Debug)]
pub struct Turn {
    restarts: Restarts,
    id: WorkspaceId,
    over: bool,
}

impl Turn {
    /// The next cycle to run; `None` when nothing was asked for since the last began.
    pub fn take(&mut self) -> Option<Asked> {
        let mut running = self.restarts.running();
        let asked = running.get_mut(&self.id).filter(|_| !self.over).map(std::mem::take);
        if !self.over && asked == Some(Asked::default()) {
            // Under the same lock: a request that comes later starts a turn of its own.
            running.remove(&self.id);
            self.over = true;
        }
        asked.filter(|_| !self.over)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if !self.over {
            self.restarts.running().remove(&self.id);
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn id(number: u128) -> WorkspaceId {
        WorkspaceId(Uuid::from_u128(number))
    }

    /// Ledger: PROV-15.
    #[test]
    fn requests_during_a_cycle_become_one_more() {
        let restarts = Restarts::default();
        let mut turn = restarts.enter(id(1), Cause::Auto).expect("nothing runs");
        assert!(turn.take().is_some_and(|asked| asked.has(Cause::Auto)));
        for _ in 0..5 {
            assert!(restarts.enter(id(1), Cause::Auto).is_none());
        }
        assert!(turn.take().is_some() && turn.take().is_none());
        assert!(restarts.running().is_empty());
    }

    #[test]
    fn requests_one_after_another_run_one_each_and_workspaces_do_not_wait_for_each_other() {
        let restarts = Restarts::default();
        for _ in 0..3 {
            let mut turn = restarts.enter(id(1), Cause::Auto).expect("nothing runs");
            let mut other = restarts.enter(id(2), Cause::Auto).expect("independent");
            assert!(turn.take().is_some() && other.take().is_some());
            assert!(turn.take().is_none() && other.take().is_none());
        }
    }

    #[test]
    fn a_wake_is_not_lost_among_other_requests() {
        let restarts = Restarts::default();
        let mut turn = restarts.enter(id(1), Cause::Auto).expect("nothing runs");
        turn.take();
        for cause in [Cause::Auto, Cause::Wake, Cause::Auto] {
            assert!(restarts.enter(id(1), cause).is_none());
        }
        let asked = turn.take().expect("asked");
        assert!(asked.has(Cause::Wake) && asked.has(Cause::Auto));
    }

    #[test]
    fn a_turn_that_ends_in_a_panic_makes_room_for_the_next() {
        let restarts = Restarts::default();
        drop(restarts.enter(id(1), Cause::Auto).expect("nothing runs"));
        assert!(restarts.enter(id(1), Cause::Auto).is_some());
    }

    #[test]
    fn a_turn_that_is_over_does_not_end_the_one_after_it() {
        let restarts = Restarts::default();
        let mut first = restarts.enter(id(1), Cause::Auto).expect("nothing runs");
        assert!(first.take().is_some() && first.take().is_none());
        let second = restarts.enter(id(1), Cause::Auto).expect("the first is over");
        drop(first);
        assert!(restarts.enter(id(1), Cause::Auto).is_none(), "the second still runs");
        drop(second);
    }
}
