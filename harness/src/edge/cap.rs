//! The cap on request bodies, and noticing that a body has been sent.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use bytes::Bytes;

use http_body_util::BodyExt as _;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use thiserror::Error;

/// The body is over the cap.
#[derive(Clone, Copy, Debug, Error)]
#[error("the request body is over the cap")]
pub(super) struct TooLarge;

/// What is known of a body on its way to the origin.
#[derive(Debug)]
pub(super) struct Progress {
    started: Instant,
    /// When a part of it last moved, in milliseconds since `started`.
    moved_ms: AtomicU64,
    over: AtomicBool,
}

impl Progress {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self { started: Instant::now(), moved_ms: AtomicU64::new(0), over: AtomicBool::new(false) })
    }

    /// How long nothing of it has moved.
    pub(super) fn still_for(&self) -> Duration {
        let moved = Duration::from_millis(self.moved_ms.load(Ordering::Relaxed));
        self.started.elapsed().saturating_sub(moved)
    }

    /// Whether it went over the cap.
    pub(super) fn is_over(&self) -> bool {
        self.over.load(Ordering::Relaxed)
    }

    fn moved(&self) {
        let now = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.moved_ms.store(now, Ordering::Relaxed);
    }
}

/// A body that ends in an error beyond the cap.
pub(super) struct Capped {
    inner: Option<Incoming>,
    left: u64,
    progress: Arc<Progress>,
}

impl Capped {
    pub(super) fn new(inner: Incoming, most: u64, progress: Arc<Progress>) -> Self {
        Self { inner: Some(inner), left: most, progress }
    }

    /// No body at all.
    pub(super) fn nothing() -> Self {
        Self { inner: None, left: 0, progress: Progress::new() }
    }
}

impl Body for Capped {
    type Data = Bytes;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let Some(inner) = &mut self.inner else { return Poll::Ready(None) };
        let polled = Pin::new(inner).poll_frame(context);
        let Poll::Ready(Some(Ok(frame))) = &polled else { return polled.map_err(Into::into) };
        self.progress.moved();
        let size = frame.data_ref().map_or(0, |data| data.len() as u64);
        match self.left.checked_sub(size) {
            Some(left) => {
                self.left = left;
                polled.map_err(Into::into)
            }
            None => {
                self.progress.over.store(true, Ordering::Relaxed);
                Poll::Ready(Some(Err(TooLarge.into())))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.inner.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.as_ref().map_or(SizeHint::with_exact(0), Body::size_hint)
    }
}

/// Reads on what a client still sends after it was refused, for a while: closing at once would
/// reset the connection and with it the answer the client has not read yet.
pub(super) fn linger(mut body: Incoming) {
    const BYTES_MAX: u64 = 512 * 1024 * 1024;
    const WITHIN: Duration = Duration::from_secs(30);
    tokio::spawn(tokio::time::timeout(WITHIN, async move {
        let mut seen = 0;
        while let Some(Ok(frame)) = body.frame().await {
            seen += frame.data_ref().map_or(0, |data| data.len() as u64);
            if seen > BYTES_MAX {
                return;
            }
        }
    }));
}
