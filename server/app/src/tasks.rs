//! Background tasks under supervision, and when each last showed a sign of life.
//!
//! A panicking task is logged and restarted; it never ends the process (#85, #92). A clean return is
//! final, and so is the stop signal.

use std::{
    any::Any,
    backtrace::Backtrace,
    cell::RefCell,
    collections::BTreeMap,
    panic::AssertUnwindSafe,
    sync::{Arc, Mutex, Once, PoisonError},
    time::Duration,
};

use chrono::{DateTime, Utc};
use futures_util::FutureExt;

use crate::Context;

/// First pause before a restart; doubles up to [`PAUSE_MAX`].
const PAUSE_FIRST: Duration = Duration::from_secs(1);
const PAUSE_MAX: Duration = Duration::from_secs(30);

/// The last tick of every task.
#[derive(Clone, Debug, Default)]
pub struct Tasks(Arc<Mutex<BTreeMap<&'static str, DateTime<Utc>>>>);

impl Tasks {
    /// Stamps the task's sign of life; each loop calls it once per iteration.
    pub fn tick(&self, name: &'static str, now: DateTime<Utc>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(name, now);
    }

    /// Every task that ever ticked.
    pub fn last_ticks(&self) -> BTreeMap<&'static str, DateTime<Utc>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Context {
    /// Runs a background task until it returns or the server stops; `make` starts it anew after a panic.
    pub fn supervise<F, T>(&self, name: &'static str, make: F)
    where
        F: Fn() -> T + Send + Sync + 'static,
        T: Future<Output = ()> + Send + 'static,
    {
        capture_backtraces();
        let stop = self.stop.clone();
        self.spawn(async move {
            let _ = stop.run_until_cancelled(restart_on_panic(name, make)).await;
        });
    }
}

async fn restart_on_panic<F, T>(name: &'static str, make: F)
where
    F: Fn() -> T,
    T: Future<Output = ()>,
{
    let mut pause = PAUSE_FIRST;
    // The call is inside the caught future, so that a panic of `make` itself is supervised too.
    while let Err(panic) = AssertUnwindSafe(async { make().await }).catch_unwind().await {
        let backtrace = take_backtrace();
        tracing::error!("supervised[{name}]: PANIC recovered: {}\n{backtrace}", panic_text(panic.as_ref()));
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(PAUSE_MAX);
    }
}

/// What a panic said, for the log.
pub fn panic_text(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("(no text)")
}

thread_local! {
    static BACKTRACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Makes every later panic leave its backtrace where [`take_backtrace`] finds it.
pub fn capture_backtraces() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let previous = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let backtrace = Backtrace::force_capture().to_string();
            BACKTRACE.with(|slot| slot.replace(Some(backtrace)));
            previous(info);
        }));
    });
}

/// The backtrace of this thread's last panic.
pub fn take_backtrace() -> String {
    BACKTRACE.with(RefCell::take).unwrap_or_else(|| "(no backtrace)".into())
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use tokio::time::Instant;

    use super::*;

    /// Panics the first `panics` times it runs, then returns; notes when each run began.
    async fn runs_of(panics: u32) -> Vec<Duration> {
        let (begun, starts) = (Instant::now(), Arc::new(Mutex::new(Vec::new())));
        let (count, seen) = (AtomicU32::new(0), starts.clone());
        restart_on_panic("flaky", move || {
            seen.lock().unwrap().push(begun.elapsed());
            let run = count.fetch_add(1, Ordering::Relaxed);
            async move { assert!(run >= panics, "run {run}") }
        })
        .await;
        Arc::try_unwrap(starts).unwrap().into_inner().unwrap()
    }

    /// Ledger: EDGE-100.
    #[tokio::test(start_paused = true)]
    async fn a_panicking_task_is_restarted_after_one_two_and_at_most_thirty_seconds() {
        let seconds: Vec<u64> = runs_of(7).await.iter().map(Duration::as_secs).collect();
        assert_eq!(seconds, [0, 1, 3, 7, 15, 31, 61, 91]);
    }

    /// Ledger: EDGE-100.
    #[tokio::test(start_paused = true)]
    async fn a_clean_return_is_not_restarted() {
        assert_eq!(runs_of(0).await.len(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn the_stop_signal_ends_a_task_that_keeps_panicking() {
        let context = Context::default();
        context.supervise("hopeless", || async { panic!("always") });
        context.stop.cancel();
        context.tasks.close();
        context.tasks.wait().await;
    }

    #[test]
    fn only_tasks_that_ticked_are_listed() {
        let tasks = Tasks::default();
        assert!(tasks.last_ticks().is_empty());
        let now = Context::default().now();
        tasks.tick("health-sweep", now);
        assert_eq!(tasks.last_ticks(), BTreeMap::from([("health-sweep", now)]));
    }
}
