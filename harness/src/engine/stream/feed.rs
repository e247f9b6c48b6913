//! The frames of one connection, in the order of their arrival.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use harness_model::event::Frame;
use serde_json::Value;
use tokio::sync::watch;
use tokio::time::Instant;

/// The most frames kept; a connection that brings more is ended, the machine is not.
const FRAMES_MAX: usize = 100_000;

/// A shared, growing list of frames.
#[derive(Debug, Clone)]
pub struct Feed {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    opened: Instant,
    state: Mutex<State>,
    changes: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct State {
    frames: Vec<Frame>,
    ended: Option<String>,
}

impl Default for Feed {
    fn default() -> Self {
        let shared =
            Shared { opened: Instant::now(), state: Mutex::default(), changes: watch::Sender::new(0) };
        Self { shared: Arc::new(shared) }
    }
}

impl Feed {
    /// Adds a frame. False when the feed has ended or is full and the connection should be closed.
    pub fn push(&self, sent: bool, name: &str, data: Value) -> bool {
        let at_ms = u64::try_from(self.shared.opened.elapsed().as_millis()).unwrap_or(u64::MAX);
        let mut state = self.state();
        if state.ended.is_some() {
            return false;
        }
        if state.frames.len() >= FRAMES_MAX {
            state.ended = Some(format!("more than {FRAMES_MAX} frames"));
        } else {
            state.frames.push(Frame { at_ms, sent, name: name.to_owned(), data });
        }
        let open = state.ended.is_none();
        drop(state);
        self.changed();
        open
    }

    /// Notes that no frame will follow, and why.
    pub fn end(&self, reason: &str) {
        self.state().ended.get_or_insert_with(|| reason.to_owned());
        self.changed();
    }

    /// The frames from a position on.
    #[must_use]
    pub fn since(&self, position: usize) -> Vec<Frame> {
        self.state().frames.get(position..).unwrap_or_default().to_vec()
    }

    /// How many frames there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.state().frames.len()
    }

    /// Whether there is no frame yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Why no frame will follow, once that is so.
    #[must_use]
    pub fn ended(&self) -> Option<String> {
        self.state().ended.clone()
    }

    /// Hears of every change from now on.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.shared.changes.subscribe()
    }

    fn changed(&self) {
        self.shared.changes.send_modify(|count| *count += 1);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A payload as a value: parsed when it is JSON, the text otherwise.
#[must_use]
pub(super) fn payload(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| Value::from(text))
}
