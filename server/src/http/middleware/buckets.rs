//! Token buckets that refill completely once per window, kept per key.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

/// How often idle buckets are dropped, and how long one must be idle beyond its window.
const SWEEP_EVERY: Duration = Duration::from_secs(300);
const IDLE_MAX: Duration = Duration::from_secs(600);

struct Bucket {
    left: u32,
    refilled: Instant,
}

/// What a bucket said about one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Whether the request may go on.
    pub allowed: bool,
    /// Requests per window.
    pub limit: u32,
    /// Requests left after this one.
    pub remaining: u32,
    /// Whole seconds until the bucket is full again.
    pub reset_secs: u64,
}

/// A bucket for each key.
pub struct Buckets<K> {
    limit: u32,
    window: Duration,
    state: Mutex<State<K>>,
}

struct State<K> {
    buckets: HashMap<K, Bucket>,
    swept: Option<Instant>,
}

impl<K: Eq + Hash> Buckets<K> {
    /// Buckets of `limit` requests a minute.
    pub fn per_minute(limit: u32) -> Self {
        Self::new(limit, Duration::from_secs(60))
    }

    /// Buckets of `limit` requests an hour.
    pub fn per_hour(limit: u32) -> Self {
        Self::new(limit, Duration::from_secs(3600))
    }

    fn new(limit: u32, window: Duration) -> Self {
        Self { limit, window, state: Mutex::new(State { buckets: HashMap::new(), swept: None }) }
    }

    /// Takes one request out of the key's bucket.
    pub fn take(&self, key: K) -> Verdict {
        let now = Instant::now();
        let mut state = self.lock();
        self.sweep(&mut state, now);
        let bucket = state.buckets.entry(key).or_insert(Bucket { left: self.limit, refilled: now });
        if now - bucket.refilled >= self.window {
            *bucket = Bucket { left: self.limit, refilled: now };
        }
        let allowed = bucket.left > 0;
        bucket.left = bucket.left.saturating_sub(1);
        let until_full = self.window.saturating_sub(now - bucket.refilled);
        Verdict {
            allowed,
            limit: self.limit,
            remaining: bucket.left,
            reset_secs: until_full.as_millis().div_ceil(1000).try_into().unwrap_or(u64::MAX),
        }
    }

    /// Drops buckets nobody used for long; part of `take`, so no task has to run for it.
    fn sweep(&self, state: &mut State<K>, now: Instant) {
        if state.swept.is_some_and(|swept| now - swept < SWEEP_EVERY) {
            return;
        }
        state.swept = Some(now);
        let keep = self.window + IDLE_MAX;
        state.buckets.retain(|_, bucket| now - bucket.refilled < keep);
    }

    fn lock(&self) -> MutexGuard<'_, State<K>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_bucket_empties_and_refills_completely_after_its_window() {
        let buckets = Buckets::per_minute(3);
        let taken: Vec<_> = (0..4).map(|_| buckets.take("a")).collect();
        assert_eq!(
            taken.iter().map(|verdict| verdict.allowed).collect::<Vec<_>>(),
            [true, true, true, false]
        );
        assert_eq!(taken.iter().map(|verdict| verdict.remaining).collect::<Vec<_>>(), [2, 1, 0, 0]);
        assert!(buckets.take("b").allowed, "keys do not share");
        tokio::time::advance(Duration::from_millis(59_999)).await;
        assert_eq!(buckets.take("a"), Verdict { allowed: false, limit: 3, remaining: 0, reset_secs: 1 });
        tokio::time::advance(Duration::from_millis(1)).await;
        assert_eq!(buckets.take("a"), Verdict { allowed: true, limit: 3, remaining: 2, reset_secs: 60 });
    }

    #[tokio::test(start_paused = true)]
    async fn idle_buckets_are_dropped() {
        let buckets = Buckets::per_minute(3);
        for key in 0..100 {
            buckets.take(key);
        }
        tokio::time::advance(Duration::from_secs(660)).await;
        buckets.take(1000);
        assert_eq!(buckets.lock().buckets.len(), 1);
    }
}
