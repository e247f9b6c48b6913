//! One connection, driven by the task that uses it.
//!
//! Polling the connection beside the exchange instead of spawning it saves two task switches per
//! request, and dropping an exchange (a timeout) drops the connection with it.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::Poll;

use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::Instant;

use super::body::Outgoing;

type Driver = Pin<Box<dyn Future<Output = hyper::Result<()>> + Send>>;

/// An open connection and the machinery that moves its bytes.
pub(super) struct Link {
    sender: SendRequest<Outgoing>,
    /// `None` once the connection has ended.
    driver: Option<Driver>,
    pub(super) idle_since: Instant,
}

impl Link {
    pub(super) async fn over(stream: TcpStream) -> hyper::Result<Self> {
        let (sender, connection) =
            http1::Builder::new().title_case_headers(false).handshake(TokioIo::new(stream)).await?;
        Ok(Self { sender, driver: Some(Box::pin(connection)), idle_since: Instant::now() })
    }

    /// Sends a request and waits for the response head.
    pub(super) async fn send(
        &mut self,
        request: http::Request<Outgoing>,
    ) -> hyper::Result<http::Response<hyper::body::Incoming>> {
        let answer = self.sender.send_request(request);
        Self::drive(&mut self.driver, answer).await
    }

    /// Runs `work` while the connection makes progress.
    pub(super) async fn during<T>(&mut self, work: impl Future<Output = T>) -> T {
        Self::drive(&mut self.driver, work).await
    }

    /// Whether another request may go over it, as far as can be told without sending one.
    pub(super) async fn reusable(&mut self) -> bool {
        // Lets the connection notice that the other side has closed it while it lay idle.
        poll_fn(|cx| {
            if let Some(driver) = &mut self.driver
                && driver.as_mut().poll(cx).is_ready()
            {
                self.driver = None;
            }
            Poll::Ready(())
        })
        .await;
        self.driver.is_some() && self.sender.is_ready()
    }

    async fn drive<T>(driver: &mut Option<Driver>, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        poll_fn(|cx| {
            if let Poll::Ready(done) = work.as_mut().poll(cx) {
                return Poll::Ready(done);
            }
            if let Some(running) = driver
                && running.as_mut().poll(cx).is_ready()
            {
                *driver = None;
            }
            work.as_mut().poll(cx)
        })
        .await
    }
}
