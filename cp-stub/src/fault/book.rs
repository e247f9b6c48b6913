//! The faults in force and what became of the others.

use serde::Serialize;
use tokio_util::sync::CancellationToken;

use super::{Action, CallFacts, Match};

/// Finished faults kept for the record.
const FINISHED_MAX: usize = 1000;

struct Fault {
    id: String,
    preset: Option<String>,
    matching: Match,
    action: Action,
    /// Calls it was meant for.
    seen: u64,
    /// Calls it hit.
    fired: u64,
    /// Cancelled when the fault is removed: hanging calls end.
    released: CancellationToken,
}

/// A fault as the control API shows it.
#[derive(Clone, Serialize)]
pub(crate) struct FaultView {
    id: String,
    preset: Option<String>,
    #[serde(rename = "match")]
    matching: Match,
    action: Action,
    seen: u64,
    fired: u64,
}

/// A call that was hit.
pub(crate) struct Hit {
    pub(crate) id: String,
    pub(crate) action: Action,
    pub(crate) released: CancellationToken,
}

/// All faults.
#[derive(Default)]
pub(crate) struct FaultBook {
    active: Vec<Fault>,
    finished: Vec<FaultView>,
    last_id: u64,
}

impl FaultBook {
    pub(crate) fn add(&mut self, preset: Option<String>, matching: Match, action: Action) -> String {
        self.last_id += 1;
        let id = format!("fault-{}", self.last_id);
        let released = CancellationToken::new();
        self.active.push(Fault { id: id.clone(), preset, matching, action, seen: 0, fired: 0, released });
        id
    }

    /// The first fault meant for this call. One that reached its limit moves to the finished ones,
    /// but calls it holds stay held.
    pub(crate) fn hit(&mut self, call: &CallFacts) -> Option<Hit> {
        let index = self.active.iter_mut().position(|fault| fault.takes(call))?;
        let fault = &self.active[index];
        let hit =
            Hit { id: fault.id.clone(), action: fault.action.clone(), released: fault.released.clone() };
        if fault.matching.limit().is_some_and(|limit| fault.fired >= limit) {
            let spent = self.active.remove(index);
            self.keep(spent.view());
        }
        Some(hit)
    }

    /// Removes a fault and lets go of what it holds. A finished one is only shown again.
    pub(crate) fn remove(&mut self, id: &str) -> Option<FaultView> {
        if let Some(index) = self.active.iter().position(|fault| fault.id == id) {
            let fault = self.active.remove(index);
            fault.released.cancel();
            self.keep(fault.view());
            return self.finished.last().cloned();
        }
        self.finished.iter().find(|fault| fault.id == id).cloned()
    }

    pub(crate) fn remove_all(&mut self) -> Vec<FaultView> {
        let ids: Vec<String> = self.active.iter().map(|fault| fault.id.clone()).collect();
        ids.iter().filter_map(|id| self.remove(id)).collect()
    }

    /// Removes everything, the record included.
    pub(crate) fn clear(&mut self) {
        self.remove_all();
        self.finished.clear();
    }

    pub(crate) fn active(&self) -> Vec<FaultView> {
        self.active.iter().map(Fault::view).collect()
    }

    pub(crate) fn finished(&self) -> Vec<FaultView> {
        self.finished.clone()
    }

    fn keep(&mut self, view: FaultView) {
        if self.finished.len() == FINISHED_MAX {
            self.finished.remove(0);
        }
        self.finished.push(view);
    }
}

impl Fault {
    /// Counts a call it is meant for and says whether it is one to hit.
    fn takes(&mut self, call: &CallFacts) -> bool {
        if !self.matching.covers(call) {
            return false;
        }
        self.seen += 1;
        let hits = self.seen >= self.matching.nth.unwrap_or(1);
        self.fired += u64::from(hits);
        hits
    }

    fn view(&self) -> FaultView {
        FaultView {
            id: self.id.clone(),
            preset: self.preset.clone(),
            matching: self.matching.clone(),
            action: self.action.clone(),
            seen: self.seen,
            fired: self.fired,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn book(faults: &[(serde_json::Value, u16)]) -> FaultBook {
        let mut book = FaultBook::default();
        for (matching, status) in faults {
            let action = serde_json::from_value(json!({ "status": status })).unwrap();
            book.add(None, serde_json::from_value(matching.clone()).unwrap(), action);
        }
        book
    }

    fn statuses(book: &mut FaultBook, calls: usize) -> Vec<Option<String>> {
        let call = CallFacts { method: "GET".into(), path: "/cp/x".into(), ..CallFacts::default() };
        (0..calls).map(|_| book.hit(&call).map(|hit| hit.id)).collect()
    }

    fn ids(ids: &[u64]) -> Vec<Option<String>> {
        ids.iter().map(|id| (*id > 0).then(|| format!("fault-{id}"))).collect()
    }

    #[test]
    fn faults_with_a_count_are_a_sequence_of_answers() {
        let mut book = book(&[(json!({"count": 1}), 500), (json!({"count": 2}), 502)]);
        assert_eq!(statuses(&mut book, 5), ids(&[1, 2, 2, 0, 0]));
        assert!(book.active().is_empty());
        assert_eq!(book.finished().iter().map(|fault| fault.fired).collect::<Vec<_>>(), [1, 2]);
    }

    #[test]
    fn nth_alone_hits_one_call_and_with_a_count_a_run_of_them() {
        assert_eq!(statuses(&mut book(&[(json!({"nth": 3}), 500)]), 5), ids(&[0, 0, 1, 0, 0]));
        assert_eq!(statuses(&mut book(&[(json!({"nth": 2, "count": 2}), 500)]), 5), ids(&[0, 1, 1, 0, 0]));
        assert_eq!(statuses(&mut book(&[(json!({}), 500)]), 3), ids(&[1, 1, 1]));
    }

    #[test]
    fn a_removed_fault_tells_how_often_it_fired_and_lets_go_of_what_it_held() {
        let mut book = book(&[(json!({"path": "/cp/other"}), 500), (json!({}), 500)]);
        let call = CallFacts { method: "GET".into(), path: "/cp/x".into(), ..CallFacts::default() };
        let held = book.hit(&call).unwrap().released;
        assert_eq!(book.remove("fault-1").unwrap().fired, 0);
        assert_eq!(book.remove("fault-2").unwrap().fired, 1);
        assert!(held.is_cancelled());
        assert!(book.remove("fault-9").is_none());
    }
}
