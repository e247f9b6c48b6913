//! The frames of one connection, in the order of their arrival.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use harness_model::event;
use harness_model::replay::Facet;
use serde_json::Value;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::engine::observed::Observed;

/// The most frames kept; a connection that brings more is ended, the machine is not.
const FRAMES_MAX: usize = 100_000;

/// One frame.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Frame {
    /// Milliseconds since the connection was opened.
    pub at_ms: u64,
    /// Whether the harness sent it.
    pub sent: bool,
    /// Name of a server-sent event.
    pub event: Option<String>,
    /// Id of a server-sent event.
    pub id: Option<String>,
    /// The payload; base64 where it is binary.
    pub text: Option<String>,
    /// The end of the connection: the close code, where there was one.
    pub closed: Option<Option<u16>>,
}

impl Frame {
    /// What expectations on a frame are put on.
    #[must_use]
    pub(crate) fn observed(&self) -> Observed {
        let parsed = self.text.as_deref().and_then(|text| serde_json::from_str::<Value>(text).ok());
        Observed::nothing()
            .maybe(Facet::Event, self.event.clone())
            .maybe(Facet::Id, self.id.clone())
            .maybe(Facet::Json, parsed)
            .maybe(Facet::Text, self.text.clone())
            .maybe(Facet::Closed, self.closed.map(|code| code.map_or(Value::Null, Value::from)))
    }

    /// The frame as reports show it.
    #[must_use]
    pub fn shown(&self) -> event::Frame {
        let name = match (&self.event, self.closed) {
            (Some(event), _) => event.clone(),
            (None, Some(_)) => "close".to_owned(),
            (None, None) => "text".to_owned(),
        };
        let data = match (&self.text, self.closed) {
            (Some(text), _) => serde_json::from_str(text).unwrap_or_else(|_| Value::from(text.clone())),
            (None, Some(Some(code))) => Value::from(code),
            (None, _) => Value::Null,
        };
        event::Frame { at_ms: self.at_ms, sent: self.sent, name, data }
    }
}

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
    pub fn push(&self, frame: Frame) -> bool {
        let at_ms = self.clock_ms();
        let mut state = self.state();
        if state.ended.is_some() {
            return false;
        }
        if state.frames.len() >= FRAMES_MAX {
            state.ended = Some(format!("more than {FRAMES_MAX} frames"));
        } else {
            state.frames.push(Frame { at_ms, ..frame });
        }
        let open = state.ended.is_none();
        drop(state);
        self.changed();
        open
    }

    /// Notes that no frame will follow, and why; the end is a frame, too.
    pub fn end(&self, code: Option<u16>, reason: &str) {
        if self.push(Frame { closed: Some(code), ..Frame::default() }) {
            self.state().ended.get_or_insert_with(|| reason.to_owned());
            self.changed();
        }
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

    /// The time on the clock of the connection.
    #[must_use]
    pub fn clock_ms(&self) -> u64 {
        u64::try_from(self.shared.opened.elapsed().as_millis()).unwrap_or(u64::MAX)
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
