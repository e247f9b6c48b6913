//! Runs many jobs, several at once, and never lets one end the others.
//!
//! How many run at once is asked anew each time a slot could open: the answer follows from the machine while
//! the run goes on. A job that panics is an error of that job.

use std::collections::VecDeque;
use std::future::Future;

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// How a job ended that did not return.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lost {
    /// It was never started, because the run was interrupted.
    Interrupted,
    /// It panicked with this message.
    Panicked(String),
}

/// Runs `job` on every item, in order, at most `limit()` at once, and tells `done` about each as it ends.
///
/// After `stop` no further item is started; those are told as [`Lost::Interrupted`]. Jobs that are running are
/// waited for: they watch `stop` themselves, because only they know how to end well.
pub async fn run_all<T, R, F, Fut>(
    items: Vec<T>,
    limit: impl Fn() -> usize,
    stop: &CancellationToken,
    job: F,
    mut done: impl FnMut(T, Result<R, Lost>),
) where
    T: Clone + Send + 'static,
    R: Send + 'static,
    F: Fn(T) -> Fut,
    Fut: Future<Output = R> + Send + 'static,
{
    let mut waiting: VecDeque<T> = items.into();
    let mut running: JoinSet<R> = JoinSet::new();
    let mut items_by_task = std::collections::HashMap::new();
    loop {
        while !stop.is_cancelled() && running.len() < limit().max(1) {
            let Some(item) = waiting.pop_front() else { break };
            let handle = running.spawn(job(item.clone()));
            items_by_task.insert(handle.id(), item);
        }
        let Some(ended) = running.join_next_with_id().await else { break };
        let (id, result) = match ended {
            Ok((id, result)) => (id, Ok(result)),
            Err(error) => (error.id(), Err(Lost::Panicked(panic_text(error)))),
        };
        let item = items_by_task.remove(&id).expect("every task was entered when it was spawned");
        done(item, result);
    }
    for item in waiting {
        done(item, Err(Lost::Interrupted));
    }
}

fn panic_text(error: tokio::task::JoinError) -> String {
    let Ok(panic) = error.try_into_panic() else { return "the task was cancelled".into() };
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
        .unwrap_or_else(|| "no message".into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    async fn outcomes<F, Fut>(
        items: Vec<u32>,
        limit: usize,
        stop: &CancellationToken,
        job: F,
    ) -> Vec<(u32, Result<u32, Lost>)>
    where
        F: Fn(u32) -> Fut,
        Fut: Future<Output = u32> + Send + 'static,
    {
        let mut seen = Vec::new();
        run_all(items, || limit, stop, job, |item, result| seen.push((item, result))).await;
        seen.sort_by_key(|(item, _)| *item);
        seen
    }

    #[tokio::test]
    async fn a_job_that_panics_stops_no_other() {
        let stop = CancellationToken::new();
        let seen = outcomes(vec![1, 2, 3], 2, &stop, |n| async move {
            assert!(n != 2, "two is broken");
            n * 10
        })
        .await;
        assert_eq!(seen[0], (1, Ok(10)));
        assert_eq!(seen[1], (2, Err(Lost::Panicked("two is broken".into()))));
        assert_eq!(seen[2], (3, Ok(30)));
    }

    #[tokio::test]
    async fn never_more_than_the_limit_run_at_once() {
        let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let stop = CancellationToken::new();
        let seen = outcomes((0..20).collect(), 3, &stop, |n| {
            let (now, most) = (Arc::clone(&now), Arc::clone(&most));
            async move {
                most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                tokio::task::yield_now().await;
                now.fetch_sub(1, Ordering::SeqCst);
                n
            }
        })
        .await;
        assert_eq!(seen.len(), 20);
        assert!(most.load(Ordering::SeqCst) <= 3);
    }

    #[tokio::test]
    async fn after_an_interrupt_nothing_new_starts_and_everything_is_accounted_for() {
        let stop = CancellationToken::new();
        let cancel = stop.clone();
        let seen = outcomes(vec![1, 2, 3, 4], 1, &stop, move |n| {
            let cancel = cancel.clone();
            async move {
                if n == 2 {
                    cancel.cancel();
                }
                n
            }
        })
        .await;
        let expected = [(1, Ok(1)), (2, Ok(2)), (3, Err(Lost::Interrupted)), (4, Err(Lost::Interrupted))];
        assert_eq!(seen, expected);
    }

    #[tokio::test]
    async fn a_limit_of_nothing_still_makes_progress() {
        let stop = CancellationToken::new();
        assert_eq!(outcomes(vec![7], 0, &stop, |n| async move { n }).await, [(7, Ok(7))]);
    }
}
