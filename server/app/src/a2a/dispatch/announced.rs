//! A request body that says when it has been handed to the connection.

use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::{Body, Frame, SizeHint};
use tokio::sync::oneshot;

/// The bytes, and whom to tell.
pub(super) struct Announced {
    body: Full<Bytes>,
    written: Option<oneshot::Sender<()>>,
}

impl Announced {
    pub(super) fn new(body: Bytes, written: oneshot::Sender<()>) -> Self {
        Self { body: Full::new(body), written: Some(written) }
    }
}

impl Body for Announced {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let frame = Pin::new(&mut self.body).poll_frame(cx);
        if self.body.is_end_stream()
            && let Some(written) = self.written.take()
        {
            // Nobody listens once the response has already come.
            let _ = written.send(());
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
