//! The stand-in for Redis in a single process: values with a deadline, and a watcher that is told
//! when a deadline passes. It behaves like the real one so that nothing above can tell them apart.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use server_types::WorkspaceId;
use tokio::{
    sync::{Notify, mpsc},
    time::Instant,
};

use super::keys::Keys;

#[derive(Clone, Debug, Default)]
pub(super) struct InProcess(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    entries: Mutex<HashMap<String, Entry>>,
    /// Rung by every write: the next deadline may have come closer.
    changed: Notify,
}

#[derive(Debug)]
struct Entry {
    value: String,
    deadline: Instant,
}

impl InProcess {
    pub(super) fn set(&self, key: String, value: &str, ttl: Duration) {
        let entry = Entry { value: value.to_owned(), deadline: Instant::now() + ttl };
        self.entries().insert(key, entry);
        self.0.changed.notify_one();
    }

    pub(super) fn get(&self, key: &str) -> Option<String> {
        let now = Instant::now();
        self.entries().get(key).filter(|entry| entry.deadline > now).map(|entry| entry.value.clone())
    }

    pub(super) fn delete(&self, keys: &[String]) {
        let mut entries = self.entries();
        for key in keys {
            entries.remove(key);
        }
    }

    /// Reports expired liveness keys until nobody listens.
    pub(super) async fn watch(&self, keys: &Keys, expired: mpsc::Sender<WorkspaceId>) {
        loop {
            let (gone, next) = self.take_expired(Instant::now());
            for id in gone.iter().filter_map(|key| keys.workspace_of_liveness(key)) {
                if expired.send(id).await.is_err() {
                    return;
                }
            }
            tokio::select! {
                () = expired.closed() => return,
                () = self.0.changed.notified() => {}
                () = sleep_until(next) => {}
            }
        }
    }

    /// Removes what has expired; also tells when the next entry will.
    fn take_expired(&self, now: Instant) -> (Vec<String>, Option<Instant>) {
        let mut entries = self.entries();
        let gone = entries.extract_if(|_, entry| entry.deadline <= now).map(|(key, _)| key).collect();
        (gone, entries.values().map(|entry| entry.deadline).min())
    }

    fn entries(&self) -> MutexGuard<'_, HashMap<String, Entry>> {
        self.0.entries.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

async fn sleep_until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id() -> WorkspaceId {
        WorkspaceId(uuid::Uuid::from_u128(9))
    }

    #[tokio::test(start_paused = true)]
    async fn an_expired_liveness_key_is_reported_once_and_url_keys_never() {
        let (cache, keys) = (InProcess::default(), Keys::new(None));
        cache.set(keys.liveness(id()), "online", Duration::from_secs(180));
        cache.set(keys.url(id()), "http://agent", Duration::from_secs(10));
        let (sender, mut expired) = mpsc::channel(8);
        let watcher = tokio::spawn({
            let (cache, keys) = (cache.clone(), keys.clone());
            async move { cache.watch(&keys, sender).await }
        });
        assert_eq!(expired.recv().await, Some(id()));
        assert_eq!(cache.get(&keys.liveness(id())), None);
        drop(expired);
        watcher.await.expect("the watcher ends when nobody listens");
    }

    #[tokio::test(start_paused = true)]
    async fn a_key_that_is_armed_again_in_time_does_not_expire() {
        let (cache, keys) = (InProcess::default(), Keys::new(None));
        let start = Instant::now();
        cache.set(keys.liveness(id()), "online", Duration::from_secs(10));
        let (sender, mut expired) = mpsc::channel(8);
        tokio::spawn({
            let (cache, keys) = (cache.clone(), keys.clone());
            async move { cache.watch(&keys, sender).await }
        });
        tokio::time::advance(Duration::from_secs(9)).await;
        cache.set(keys.liveness(id()), "online", Duration::from_secs(10));
        assert_eq!(expired.recv().await, Some(id()));
        assert!(start.elapsed() >= Duration::from_secs(19));
    }
}
