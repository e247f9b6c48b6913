//! Connections that stay open across steps: WebSockets and server-sent events.
//!
//! A task per connection writes every frame into a [`Feed`], so that nothing is lost between the step
//! that opens a connection and the step that judges what came over it.

mod feed;
pub mod sse;
#[cfg(test)]
mod tests;
pub mod ws;

use std::sync::atomic::{AtomicUsize, Ordering};

pub use feed::{Feed, Frame};
use sse::EventStream;
use ws::Socket;

/// An open connection and how far steps have looked at its frames.
#[derive(Debug)]
pub struct Connection {
    line: Line,
    looked: AtomicUsize,
}

/// The kinds of connection.
#[derive(Debug)]
pub enum Line {
    /// A WebSocket.
    Ws(Socket),
    /// A stream of events.
    Sse(EventStream),
}

impl Connection {
    /// A connection that has just been opened.
    #[must_use]
    pub fn new(line: Line) -> Self {
        Self { line, looked: AtomicUsize::new(0) }
    }

    /// The connection itself.
    #[must_use]
    pub fn line(&self) -> &Line {
        &self.line
    }

    /// Its frames.
    #[must_use]
    pub fn feed(&self) -> &Feed {
        match &self.line {
            Line::Ws(socket) => &socket.feed,
            Line::Sse(stream) => &stream.feed,
        }
    }

    /// The position of the first frame that no step has looked at.
    #[must_use]
    pub fn looked(&self) -> usize {
        self.looked.load(Ordering::Acquire)
    }

    /// Notes that frames before a position have been looked at.
    pub fn look_past(&self, position: usize) {
        self.looked.fetch_max(position, Ordering::AcqRel);
    }
}
