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
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// It is dead, or its settings changed; a sleeping one stays asleep.
    Auto,
    /// A message came: a sleeping one wakes too.
    Wake,
}

/// The running cycles of all workspaces; cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Restarts(Arc<Mutex<HashMap<WorkspaceId, Option<Cause>>>>);

impl Restarts {
    /// Notes the request; the caller that gets a turn must run the cycles.
    pub fn enter(&self, id: WorkspaceId, cause: Cause) -> Option<Turn> {
        let mut running = self.running();
        match running.get_mut(&id) {
            Some(pending) => {
                *pending = (*pending).max(Some(cause));
                None
            }
            None => {
                running.insert(id, Some(cause));
                Some(Turn { restarts: self.clone(), id, over: false })
            }
        }
    }

    fn running(&self) -> MutexGuard<'_, HashMap<WorkspaceId, Option<Cause>>> {
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
    pub fn take(&mut self) -> Option<Cause> {
        let mut running = self.restarts.running();
        let cause = running.get_mut(&self.id).and_then(Option::take);
        if cause.is_none() && !self.over {
            // Under the same lock: a request that comes later starts a turn of its own.
            running.remove(&self.id);
            self.over = true;
        }
        cause.filter(|_| !self.over)
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
        assert_eq!(turn.take(), Some(Cause::Auto));
        for _ in 0..5 {
            assert!(restarts.enter(id(1), Cause::Auto).is_none());
        }
        assert_eq!((turn.take(), turn.take()), (Some(Cause::Auto), None));
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
        assert_eq!(turn.take(), Some(Cause::Wake));
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
