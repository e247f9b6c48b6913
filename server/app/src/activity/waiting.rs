//! Rows that wait to be written, by workspace, and whose turn it is to write them.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
};

use server_store::activity::NewActivity;
use server_types::WorkspaceId;
use tokio::sync::oneshot;

use super::record::NotRecorded;

/// Rows of one workspace that may wait.
const WAITING_MAX: usize = 1024;
/// Most rows of one statement.
const ROWS_MAX: usize = 64;
/// A statement takes no further row once its bodies have so many bytes.
const BYTES_MAX: usize = 1024 * 1024;

/// Too many rows of one workspace wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{WAITING_MAX} rows of this workspace wait to be written")]
pub struct Full;

/// A row, and who is told what became of it.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) row: NewActivity,
    pub(super) told: oneshot::Sender<Result<(), NotRecorded>>,
}

/// The rows that wait; a workspace is listed exactly as long as a writer works for it.
#[derive(Debug, Default)]
pub struct Pending(Mutex<HashMap<WorkspaceId, VecDeque<Waiting>>>);

impl Pending {
    /// Adds a row; names its workspace when nobody writes for that yet, and the caller must see to it.
    pub(super) fn push(&self, waiting: Waiting) -> Result<Option<WorkspaceId>, Full> {
        let workspace = waiting.row.workspace_id;
        let mut pending = self.lock();
        let idle = !pending.contains_key(&workspace);
        let rows = pending.entry(workspace).or_default();
        if rows.len() >= WAITING_MAX {
            return Err(Full);
        }
        rows.push_back(waiting);
        Ok(idle.then_some(workspace))
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<WorkspaceId, VecDeque<Waiting>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The one writer of a workspace.
pub(super) struct Turn<'a> {
    pending: &'a Pending,
    workspace: WorkspaceId,
    over: bool,
}

impl<'a> Turn<'a> {
    /// For whom [`Pending::push`] named the workspace.
    pub(super) fn of(pending: &'a Pending, workspace: WorkspaceId) -> Self {
        Self { pending, workspace, over: false }
    }

    /// The rows of the next statement, in the order they came; none ends the turn.
    pub(super) fn next(&mut self) -> Option<Vec<Waiting>> {
        let mut pending = self.pending.lock();
        let rows = pending.get_mut(&self.workspace)?;
        let (mut batch, mut bytes) = (Vec::new(), 0);
        while batch.len() < ROWS_MAX && bytes < BYTES_MAX {
            let Some(waiting) = rows.pop_front() else { break };
            if !waiting.told.is_closed() {
                bytes += weight(&waiting.row);
                batch.push(waiting);
            }
        }
        if batch.is_empty() {
            pending.remove(&self.workspace);
            self.over = true;
            return None;
        }
        Some(batch)
    }
}

/// After a panic nobody writes for the workspace; its callers must hear of it, and the next row start anew.
impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if !self.over {
            self.pending.lock().remove(&self.workspace);
        }
    }
}

/// Bytes of the bodies; everything else is short.
fn weight(row: &NewActivity) -> usize {
    let bodies = [&row.request_body, &row.response_body, &row.tool_trace];
    bodies.into_iter().flatten().map(|body| body.as_str().len()).sum()
}

#[cfg(test)]
mod tests {
    use server_store::activity::{StoredJson, StoredText};
    use uuid::Uuid;

    use super::*;

    const ONE: WorkspaceId = WorkspaceId(Uuid::from_u128(1));
    const OTHER: WorkspaceId = WorkspaceId(Uuid::from_u128(2));

    type Outcome = oneshot::Receiver<Result<(), NotRecorded>>;

    fn row(workspace: WorkspaceId, summary: usize) -> (Waiting, Outcome) {
        let (told, outcome) = oneshot::channel();
        let row = NewActivity {
            summary: Some(StoredText::new(summary.to_string())),
            ..NewActivity::new(workspace, "agent_log")
        };
        (Waiting { row, told }, outcome)
    }

    fn fill(pending: &Pending, workspace: WorkspaceId, rows: usize) -> Vec<Outcome> {
        let push = |number| {
            let (waiting, outcome) = row(workspace, number);
            pending.push(waiting).expect("room");
            outcome
        };
        (0..rows).map(push).collect()
    }

    fn numbers(batch: &[Waiting]) -> Vec<usize> {
        let number = |waiting: &Waiting| waiting.row.summary.as_ref().unwrap().as_str().parse().unwrap();
        batch.iter().map(number).collect()
    }

    #[test]
    fn a_workspace_has_one_writer_and_its_rows_keep_their_order() {
        let pending = Pending::default();
        let (first, _outcome) = row(ONE, 0);
        assert_eq!(pending.push(first), Ok(Some(ONE)));
        let (second, _outcome_2) = row(ONE, 1);
        assert_eq!(pending.push(second), Ok(None), "somebody writes already");
        let (foreign, _outcome_3) = row(OTHER, 7);
        assert_eq!(pending.push(foreign), Ok(Some(OTHER)), "nobody waits for another workspace");
        let mut turn = Turn::of(&pending, ONE);
        assert_eq!(numbers(&turn.next().unwrap()), [0, 1]);
        let (third, _outcome_4) = row(ONE, 2);
        assert_eq!(pending.push(third), Ok(None), "the writer looks again");
        assert_eq!(numbers(&turn.next().unwrap()), [2]);
        assert!(turn.next().is_none());
        let (fourth, _outcome_5) = row(ONE, 3);
        assert_eq!(pending.push(fourth), Ok(Some(ONE)), "the turn was over");
    }

    #[test]
    fn a_statement_is_bounded_in_rows_and_in_bytes() {
        let pending = Pending::default();
        let _outcomes = fill(&pending, ONE, ROWS_MAX + 1);
        let mut turn = Turn::of(&pending, ONE);
        assert_eq!(turn.next().unwrap().len(), ROWS_MAX);
        assert_eq!(turn.next().unwrap().len(), 1);
        let long = StoredJson::parse(&format!("\"{}\"", "x".repeat(BYTES_MAX))).unwrap();
        let mut outcomes = Vec::new();
        for number in 0..2 {
            let (mut waiting, outcome) = row(ONE, number);
            waiting.row.request_body = Some(long.clone());
            outcomes.push(outcome);
            pending.push(waiting).expect("room");
        }
        assert_eq!(numbers(&turn.next().unwrap()), [0]);
        assert_eq!(numbers(&turn.next().unwrap()), [1]);
    }

    #[test]
    fn rows_wait_up_to_a_bound_and_those_given_up_are_not_written() {
        let pending = Pending::default();
        let mut outcomes = fill(&pending, ONE, WAITING_MAX);
        let (late, _outcome) = row(ONE, 0);
        assert_eq!(pending.push(late), Err(Full));
        let kept = outcomes.pop();
        drop(outcomes);
        let mut turn = Turn::of(&pending, ONE);
        assert_eq!(numbers(&turn.next().unwrap()), [WAITING_MAX - 1]);
        assert!(kept.is_some() && turn.next().is_none());
    }

    #[test]
    fn a_lost_writer_lets_go_of_its_rows_and_of_the_workspace() {
        let pending = Pending::default();
        let mut outcomes = fill(&pending, ONE, 2);
        drop(Turn::of(&pending, ONE));
        for outcome in &mut outcomes {
            assert_eq!(outcome.try_recv().unwrap_err(), oneshot::error::TryRecvError::Closed);
        }
        let (next, _outcome) = row(ONE, 0);
        assert_eq!(pending.push(next), Ok(Some(ONE)));
    }
}
