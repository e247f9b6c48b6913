//! Where every event of a run goes: stamped once, then handed to each reporter in turn.

use std::io;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use harness_model::event::{RunEvent, Stamped};

use crate::report::Reporter;

/// The sink of a run's events. Shared by all cases that run at the same time.
pub struct Hub {
    begun: Instant,
    inner: Mutex<Inner>,
}

struct Inner {
    reporters: Vec<Box<dyn Reporter>>,
    /// The first report that could not be written; a run goes on without it and says so at the end.
    failed: Option<io::Error>,
}

impl Hub {
    /// A hub with its reporters.
    #[must_use]
    pub fn new(reporters: Vec<Box<dyn Reporter>>) -> Self {
        Hub { begun: Instant::now(), inner: Mutex::new(Inner { reporters, failed: None }) }
    }

    /// Hands an event to every reporter.
    pub fn emit(&self, event: RunEvent) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let event = Stamped { at_ms: self.elapsed_ms(), event };
        inner.each(|reporter| reporter.event(&event));
    }

    /// Milliseconds since the run started.
    #[must_use]
    pub fn elapsed_ms(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Ends every report.
    ///
    /// # Errors
    /// The first error that any report met.
    pub fn finish(&self) -> io::Result<()> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.each(|reporter| reporter.finish());
        inner.failed.take().map_or(Ok(()), Err)
    }
}

impl Inner {
    fn each(&mut self, mut write: impl FnMut(&mut Box<dyn Reporter>) -> io::Result<()>) {
        for reporter in &mut self.reporters {
            if let Err(error) = write(reporter) {
                self.failed.get_or_insert(error);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<Stamped>>>);

    impl Reporter for Kept {
        fn event(&mut self, event: &Stamped) -> io::Result<()> {
            self.0.lock().unwrap().push(event.clone());
            Ok(())
        }
    }

    struct Full;

    impl Reporter for Full {
        fn event(&mut self, _: &Stamped) -> io::Result<()> {
            Err(io::Error::other("disk full"))
        }
    }

    #[test]
    fn a_report_that_cannot_be_written_does_not_silence_the_others() {
        let kept = Kept::default();
        let hub = Hub::new(vec![Box::new(Full), Box::new(kept.clone())]);
        hub.emit(RunEvent::Note { text: "one".into() });
        hub.emit(RunEvent::Note { text: "two".into() });
        assert_eq!(hub.finish().unwrap_err().to_string(), "disk full");
        assert_eq!(kept.0.lock().unwrap().len(), 2);
    }
}
