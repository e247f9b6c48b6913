//! Connections to origins, and what their failures mean.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use http::{Request, Response, Uri};
use hyper::body::{Body as _, Incoming};
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use thiserror::Error;
use tokio::net::{TcpStream, lookup_host};
use tower::service_fn;
use tower::util::BoxCloneSyncService;

use super::cap::{Capped, Progress};
use super::config::Limits;
use super::line::{Answered, Line};
use super::pages::Page;

type Connector = BoxCloneSyncService<Uri, Line, ConnectError>;

/// Pooled connections to all origins.
pub(super) struct Origins {
    client: Client<Connector, Capped>,
    connect_timeout: Arc<std::sync::atomic::AtomicU64>,
}

/// Why there is no connection.
#[derive(Debug, Error)]
enum ConnectError {
    #[error("refused")]
    Refused,
    #[error("timeout")]
    Timeout,
    #[error("no route")]
    NoRoute,
}

impl Origins {
    pub(super) fn new() -> Self {
        let connect_timeout = Arc::new(std::sync::atomic::AtomicU64::new(0));
        let told = connect_timeout.clone();
        let connector = service_fn(move |uri: Uri| {
            let within = Duration::from_millis(told.load(std::sync::atomic::Ordering::Relaxed));
            connect(uri, within)
        });
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(Duration::from_secs(30))
            .set_host(false)
            .build(BoxCloneSyncService::new(connector));
        Self { client, connect_timeout }
    }

    /// Sends a request and returns the head of the answer, or the page that stands for its absence.
    pub(super) async fn send(
        &self,
        request: Request<Capped>,
        limits: &Limits,
        progress: &Progress,
    ) -> Result<Response<Incoming>, Page> {
        let again = repeatable(&request);
        let connect_ms = u64::try_from(limits.connect_timeout.as_millis()).unwrap_or(u64::MAX);
        self.connect_timeout.store(connect_ms, std::sync::atomic::Ordering::Relaxed);
        let mut answer = std::pin::pin!(self.client.request(request));
        loop {
            let left = limits.read_timeout.saturating_sub(progress.still_for());
            tokio::select! {
                biased;
                answered = &mut answer => match (answered, &again) {
                    (Ok(response), _) => {
                        if let Some(answered) = response.extensions().get::<Answered>() {
                            answered.note();
                        }
                        return Ok(response);
                    }
                    (Err(error), Some(head)) if was_stale(&error) => {
                        let request = Request::from_parts(head.clone(), Capped::nothing());
                        answer.set(self.client.request(request));
                    }
                    (Err(error), _) => return Err(page(&error, progress)),
                },
                // An upload that moves is no silent origin.
                () = tokio::time::sleep(left) => if progress.still_for() >= limits.read_timeout {
                    return Err(Page::ReadTimeout);
                },
            }
        }
    }
}

/// What may be asked a second time: it has no body and changes nothing.
fn repeatable(request: &Request<Capped>) -> Option<http::request::Parts> {
    let repeatable = request.method().is_safe() && request.body().is_end_stream();
    repeatable.then(|| {
        let (mut head, ()) = Request::new(()).into_parts();
        head.method = request.method().clone();
        head.uri = request.uri().clone();
        head.version = request.version();
        head.headers = request.headers().clone();
        head
    })
}

/// Whether a kept connection ended just when it was to be used again. An origin may hang up on an idle connection at
/// any moment, and what comes too late there was not answered by anybody.
fn was_stale(error: &hyper_util::client::legacy::Error) -> bool {
    error.connect_info().is_some_and(Answered::before) && causes(error).any(ended)
}

fn ended(cause: &(dyn std::error::Error + 'static)) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset};
    let by_hyper = cause.downcast_ref::<hyper::Error>();
    let by_kernel = cause.downcast_ref::<io::Error>().map(io::Error::kind);
    by_hyper.is_some_and(|error| error.is_incomplete_message() || error.is_canceled() || error.is_closed())
        || matches!(by_kernel, Some(BrokenPipe | ConnectionAborted | ConnectionReset))
}

fn causes(
    error: &hyper_util::client::legacy::Error,
) -> impl Iterator<Item = &(dyn std::error::Error + 'static)> {
    std::iter::successors(std::error::Error::source(error), |cause| cause.source())
}

async fn connect(uri: Uri, within: Duration) -> Result<Line, ConnectError> {
    let address = uri.authority().map(ToString::to_string).unwrap_or_default();
    let connecting = async {
        let addresses: Vec<_> = lookup_host(address).await.map_err(|_| ConnectError::NoRoute)?.collect();
        let stream = TcpStream::connect(addresses.as_slice()).await.map_err(|error| reason(&error))?;
        // Small frames of streams must not wait for more.
        let _ = stream.set_nodelay(true);
        Ok(Line::new(stream))
    };
    tokio::time::timeout(within, connecting).await.unwrap_or(Err(ConnectError::Timeout))
}

fn reason(error: &io::Error) -> ConnectError {
    match error.kind() {
        io::ErrorKind::TimedOut => ConnectError::Timeout,
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => ConnectError::NoRoute,
        _ => ConnectError::Refused,
    }
}

fn page(error: &hyper_util::client::legacy::Error, progress: &Progress) -> Page {
    if progress.is_over() {
        return Page::TooLarge;
    }
    let connect = causes(error).find_map(|cause| cause.downcast_ref::<ConnectError>());
    match connect {
        Some(ConnectError::Refused) => Page::Refused,
        Some(ConnectError::Timeout) => Page::ConnectTimeout,
        Some(ConnectError::NoRoute) => Page::NoRoute,
        None => Page::Unparsable,
    }
}
