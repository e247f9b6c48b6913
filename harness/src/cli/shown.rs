//! Lines for a person, above a moving line that tells what is being done.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::CliError;
use crate::out::Out;
use crate::report::terminal::{self, Terminal};
use crate::world::Progress;

/// Standard output, for commands that have their own lines.
#[derive(Clone)]
pub(super) struct Shown(Arc<Mutex<Inner>>);

struct Inner {
    terminal: Terminal<Out>,
    failed: Option<io::Error>,
}

impl Default for Shown {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Inner { terminal: terminal::stdout(), failed: None })))
    }
}

impl Shown {
    /// Writes lines that stay.
    pub(super) fn say(&self, text: &str) {
        let mut inner = self.lock();
        inner.terminal.progress("");
        if let Err(error) = inner.terminal.say(text) {
            inner.failed.get_or_insert(error);
        }
    }

    /// Tells what is being done.
    pub(super) fn note(&self, text: &str) {
        self.lock().terminal.progress(text);
    }

    /// The same, for worlds.
    pub(super) fn progress(&self) -> Progress {
        let shown = self.clone();
        Progress::to(move |text| shown.note(text))
    }

    /// The first line that could not be written.
    ///
    /// # Errors
    /// That.
    pub(super) fn written(&self) -> Result<(), CliError> {
        let mut inner = self.lock();
        inner.terminal.progress("");
        inner.failed.take().map_or(Ok(()), Err).map_err(CliError::io("cannot write"))
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
