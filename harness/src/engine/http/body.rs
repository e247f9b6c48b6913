//! Request bodies, produced piece by piece while they are sent.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use tokio::time::{Instant, Sleep};

use super::multipart::Multipart;

/// One piece of a throttled body; small, so that a slow uplink is slow evenly.
const SLOW_PIECE_BYTES: u64 = 16 * 1024;
/// One piece of an unthrottled body.
const PIECE_BYTES: u64 = 64 * 1024;

/// A request body, cheap to clone so that a polled request can be sent again.
#[derive(Debug, Clone, Default)]
pub struct Body {
    pub(super) content: Content,
    pub(super) bytes_per_second: Option<u64>,
}

#[derive(Debug, Clone, Default)]
pub(super) enum Content {
    #[default]
    Empty,
    Bytes(Bytes),
    Multipart(Multipart),
}

/// A stretch of a body: given, or made while sending.
#[derive(Debug, Clone)]
pub(super) enum Segment {
    Given(Bytes),
    Made { from: u64, len: u64 },
}

impl Body {
    /// No body at all: no length is announced either.
    #[must_use]
    pub fn empty() -> Self {
        Self::default()
    }

    /// A body held in memory.
    #[must_use]
    pub fn bytes(bytes: impl Into<Bytes>) -> Self {
        Self { content: Content::Bytes(bytes.into()), bytes_per_second: None }
    }

    /// A multipart form.
    #[must_use]
    pub fn multipart(form: Multipart) -> Self {
        Self { content: Content::Multipart(form), bytes_per_second: None }
    }

    /// The same body on a slow uplink.
    #[must_use]
    pub fn throttled(mut self, bytes_per_second: u64) -> Self {
        self.bytes_per_second = Some(bytes_per_second.max(1));
        self
    }

    /// Its length, where it has one.
    #[must_use]
    pub fn len(&self) -> Option<u64> {
        match &self.content {
            Content::Empty => None,
            Content::Bytes(bytes) => Some(bytes.len() as u64),
            Content::Multipart(form) => Some(form.len()),
        }
    }

    /// Whether nothing is sent.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len().is_none()
    }

    /// The bytes, when they are held in memory.
    #[must_use]
    pub fn in_memory(&self) -> Option<&Bytes> {
        match &self.content {
            Content::Bytes(bytes) => Some(bytes),
            Content::Empty | Content::Multipart(_) => None,
        }
    }

    pub(super) fn stream(&self) -> Outgoing {
        let segments = match &self.content {
            Content::Empty => VecDeque::new(),
            Content::Bytes(bytes) => VecDeque::from([Segment::Given(bytes.clone())]),
            Content::Multipart(form) => form.segments(),
        };
        Outgoing { segments, left: self.len().unwrap_or(0), pace: self.bytes_per_second.map(Pace::new) }
    }
}

/// The byte at `position` of a generated file: cheap, reproducible, and no two neighbouring 64 KiB
/// blocks are equal, so that a swapped or repeated block changes the digest.
#[must_use]
pub(super) fn generated_byte(position: u64) -> u8 {
    let mixed = (position ^ (position >> 16).wrapping_mul(0x9E37_79B9)).wrapping_mul(0x85EB_CA6B);
    (mixed >> 8).to_le_bytes()[0]
}

/// A body on its way out.
pub(super) struct Outgoing {
    segments: VecDeque<Segment>,
    left: u64,
    pace: Option<Pace>,
}

struct Pace {
    bytes_per_second: u64,
    wait: Pin<Box<Sleep>>,
}

impl Pace {
    fn new(bytes_per_second: u64) -> Self {
        Self { bytes_per_second, wait: Box::pin(tokio::time::sleep(Duration::ZERO)) }
    }

    fn sent(&mut self, bytes: usize) {
        #[expect(clippy::cast_precision_loss, reason = "a pace need not be exact")]
        let cost = Duration::from_secs_f64(bytes as f64 / self.bytes_per_second as f64);
        let next = self.wait.deadline().max(Instant::now()) + cost;
        self.wait.as_mut().reset(next);
    }
}

impl Outgoing {
    fn next_piece(&mut self) -> Option<Bytes> {
        let piece_max = self
            .pace
            .as_ref()
            .map_or(PIECE_BYTES, |pace| SLOW_PIECE_BYTES.min((pace.bytes_per_second / 10).max(1)));
        let (piece, rest) = match self.segments.pop_front()? {
            Segment::Given(mut bytes) => {
                let cut = usize::try_from(piece_max).unwrap_or(usize::MAX).min(bytes.len());
                let piece = bytes.split_to(cut);
                (piece, (!bytes.is_empty()).then_some(Segment::Given(bytes)))
            }
            Segment::Made { from, len } => {
                let cut = piece_max.min(len);
                let piece = (from..from + cut).map(generated_byte).collect();
                let rest = Segment::Made { from: from + cut, len: len - cut };
                (piece, (len > cut).then_some(rest))
            }
        };
        if let Some(rest) = rest {
            self.segments.push_front(rest);
        }
        self.left -= piece.len() as u64;
        Some(piece)
    }
}

impl HttpBody for Outgoing {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if let Some(pace) = &mut self.pace {
            std::task::ready!(pace.wait.as_mut().poll(cx));
        }
        let piece = self.next_piece();
        if let (Some(pace), Some(piece)) = (&mut self.pace, &piece) {
            pace.sent(piece.len());
        }
        Poll::Ready(piece.map(|piece| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.segments.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}
