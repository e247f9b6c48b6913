//! One HTTP exchange with an agent: at most one request, bounded on every side.
//!
//! [`Dispatcher::exchange`] takes a [`SafeUrl`], which only the URL policy makes, so no caller can
//! skip the check (#1483); the client judges names again when it connects.
//!
//! A connection is kept for a moment only ([`KEPT_FOR`]), so that a message is not lost because an agent hung up
//! on one that had long been idle. A message that was begun is never sent again.

mod announced;
mod clocks;
mod failure;
mod reply;

use std::time::Duration;

use http::{HeaderMap, HeaderValue, header::CONTENT_TYPE};
use tokio::{sync::oneshot, time::Instant};

use crate::{
    a2a::Normalised,
    clients::tls,
    url_policy::{SafeUrl, UrlPolicy},
};
use announced::Announced;
pub use clocks::Clocks;
pub use failure::{Busy, Failure, Unreachable};
pub use reply::{Answer, Cut};

/// Longest wait for a connection, TLS included.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a connection without a message is kept: long enough for a conversation, and a tenth of the shortest time
/// after which servers of agents hang up (uvicorn and Node: 5 s).
const KEPT_FOR: Duration = Duration::from_millis(500);
/// Connections that are kept to one agent; more than that at once are opened and closed.
const KEPT_MAX: usize = 32;

/// Tells when something last happened in a workspace; what it was does not matter to the idle clock.
pub type LastSign = Box<dyn Fn() -> Instant + Send + Sync>;

/// The client that calls agents.
#[derive(Clone, Debug)]
pub struct Dispatcher {
    client: reqwest::Client,
    header_timeout: Duration,
}

impl Dispatcher {
    /// A client that connects only where `policy` allows and waits so long for response headers.
    pub fn new(policy: &UrlPolicy, header_timeout: Duration) -> Self {
        let builder = reqwest::Client::builder()
            .tls_backend_preconfigured(tls::config())
            .connect_timeout(CONNECT_TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .http1_only()
            .pool_idle_timeout(KEPT_FOR)
            .pool_max_idle_per_host(KEPT_MAX)
            .dns_resolver(policy.guard_dns());
        let client = builder.build().expect("a client of fixed settings can be built");
        Self { client, header_timeout }
    }

    /// Sends the message and reads the answer; `headers` are passed on as they are.
    ///
    /// # Errors
    /// [`Failure`] when no response headers came; after them a lost body is a [`Cut`], because the
    /// agent has the message by then.
    pub async fn exchange(
        &self,
        url: &SafeUrl,
        message: &Normalised,
        headers: HeaderMap,
        clocks: Clocks,
    ) -> Result<Answer, Failure> {
        let expired = clocks.expired();
        tokio::pin!(expired);
        let response = tokio::select! {
            response = self.send(url, message, headers) => response?,
            clock = &mut expired => return Err(Failure::Busy(clock)),
        };
        let head = reply::Head::of(&response);
        Ok(head.with(tokio::select! {
            body = reply::read(response) => body,
            clock = &mut expired => Err(Cut::Abandoned(clock)),
        }))
    }

    /// Sends the request and waits for the response headers.
    async fn send(
        &self,
        url: &SafeUrl,
        message: &Normalised,
        headers: HeaderMap,
    ) -> Result<reqwest::Response, Failure> {
        let (announce, written) = oneshot::channel();
        let request = self
            .client
            .post(url.as_url().clone())
            .headers(headers)
            .header(CONTENT_TYPE, HeaderValue::from_static("application/json"))
            .body(reqwest::Body::wrap(Announced::new(message.bytes().clone(), announce)))
            .build()
            .map_err(|_| Failure::Unbuildable)?;
        let response = self.client.execute(request);
        tokio::pin!(response);
        // The header clock starts when the request is out, so that it never measures connecting.
        tokio::select! {
            biased;
            done = &mut response => return done.map_err(|error| failure::classify(&error)),
            _ = written => {}
        }
        match tokio::time::timeout(self.header_timeout, response).await {
            Ok(done) => done.map_err(|error| failure::classify(&error)),
            Err(_) => Err(Failure::Busy(Busy::NoHeaders)),
        }
    }
}
